// What a member must be, in small parts that say what is wrong in the words of pydantic, so that both verifiers agree.
//
// A type is a function from a value to the first fault: null, or where it is (a path of names) and a sentence.

import { isObject } from "./json.js";
import { length } from "./text.js";

/**
 * @typedef {{at: (string | number)[], said: string} | null} Fault
 * @typedef {(value: any) => Fault} Type
 * @typedef {{[name: string]: Type}} Members
 */

/** @param {string} said @param {(string | number)[]} [at] */
function fault(said, at = []) {
  return { at, said };
}

/** @param {string | number} name @param {Fault} found @returns {Fault} */
function within(name, found) {
  return found === null ? null : { at: [name, ...found.at], said: found.said };
}

/** The first fault of many. @template T @param {Iterable<T>} items @param {(item: T) => Fault} look */
function first(items, look) {
  for (const item of items) {
    const found = look(item);
    if (found !== null) return found;
  }
  return null;
}

/** Any value. @type {Type} */
export const any = () => null;

/** @type {Type} */
export const text = (value) => (typeof value === "string" ? null : fault("Input should be a valid string"));

/** @type {Type} */
export const whole = (value) => (typeof value === "number" ? null : fault("Input should be a valid integer"));

/**
 * Parts per million.
 * @type {Type}
 */
export const ppm = (value) => {
  if (typeof value !== "number") return whole(value);
  if (value < 0) return fault("Input should be greater than or equal to 0");
  return value > 1_000_000 ? fault("Input should be less than or equal to 1000000") : null;
};

/** Words for people. @type {Type} */
export const words = (value) => {
  if (typeof value !== "string") return text(value);
  if (value === "") return fault("String should have at least 1 character");
  return length(value) > 2000 ? fault("String should have at most 2000 characters") : null;
};

/**
 * A text of a form. @param {string} pattern @returns {Type}
 */
export function pattern(pattern) {
  const form = new RegExp(pattern);
  return (value) => {
    if (typeof value !== "string") return text(value);
    return form.test(value) ? null : fault(`String should match pattern '${pattern}'`);
  };
}

/** A text of which something else is asked. @param {(text: string) => boolean} holds @param {string} said @returns {Type} */
export function that(holds, said) {
  return (value) => text(value) ?? (holds(value) ? null : fault(said));
}

/** One of some texts. @param {string[]} choices @returns {Type} */
export function oneOf(choices) {
  const names = choices.map((choice) => `'${choice}'`);
  const last = names.pop();
  const said = names.length === 0 ? last : `${names.join(", ")} or ${last}`;
  return (value) => (choices.includes(value) ? null : fault(`Input should be ${said}`));
}

/** A list. @param {Type} type @param {(list: any[]) => string} [look] what else is wrong @returns {Type} */
export function list(type, look = () => "") {
  return (value) => {
    if (!Array.isArray(value)) return fault("Input should be a valid list");
    const found = first(value.entries(), ([at, each]) => within(at, type(each)));
    if (found !== null) return found;
    const said = look(value);
    return said ? fault(said) : null;
  };
}

/** An object of any names. @param {Type} name @param {Type} type @returns {Type} */
export function map(name, type) {
  return (value) => {
    if (!isObject(value)) return fault("Input should be a valid dictionary");
    return first(Object.keys(value), (key) => within(key, within("[key]", name(key)) ?? type(value[key])));
  };
}

/**
 * An object of exactly these members.
 * @param {string} called as messages call it
 * @param {Members} needed
 * @param {Members} [optional]
 * @param {string[]} [order] the order in which members are looked at; else the needed ones come first
 * @returns {Type}
 */
export function object(called, needed, optional = {}, order = [...Object.keys(needed), ...Object.keys(optional)]) {
  const types = new Map([...Object.entries(needed), ...Object.entries(optional)]);
  return (value) => {
    if (!isObject(value)) return fault(`Input should be a valid dictionary or instance of ${called}`);
    const found = first(order, (name) => {
      if (name in value) return within(name, types.get(name)(value[name]));
      return name in needed ? fault("Field required", [name]) : null;
    });
    const extra = () => first(Object.keys(value), (name) => (types.has(name) ? null : fault(EXTRA, [name])));
    return found ?? extra();
  };
}

const EXTRA = "Extra inputs are not permitted";
