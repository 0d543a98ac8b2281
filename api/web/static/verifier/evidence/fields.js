/**
 * Readers of what a record states: each takes a value and says what it is, or that it is something else.
 *
 * Nothing is converted. An object becomes one with exactly the members of its kind, null where one is absent; a
 * dictionary becomes a Map. What was withheld in a list is null where the list may have holes.
 *
 * @template T
 * @typedef {(value: any, at: string) => T} Reader
 */

import { WITHHELD } from "../disclosure.js";
import { isDate, isTime } from "../instant.js";
import { isObject } from "../json.js";
import { DATA } from "./data.js";
import { MAX_MASS_MG, PPM } from "./quantity.js";

const HASH = "sha-256:[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]";
const WORDS = DATA.vocabulary;

/** A value that is not what it must be; `member` says where. */
export class Misfit extends Error {
  /**
   * @param {string} member
   * @param {string} message
   */
  constructor(member, message) {
    super(message);
    this.member = member;
  }
}

/**
 * A reader that takes what passes a test.
 * @param {(value: any) => boolean} test
 * @param {string} expected
 * @returns {Reader<any>}
 */
export function passing(test, expected) {
  return (value, at) => {
    if (!test(value)) throw new Misfit(at, `expected ${expected}`);
    return value;
  };
}

/**
 * Texts of so many characters.
 * @param {number} [least]
 * @param {number} [most]
 */
export function text(least = 1, most = 2_000) {
  const fits = (/** @type {string} */ value) => {
    if (value.length < least) return false;
    return value.length <= most || [...value].length <= most;
  };
  return passing((value) => typeof value === "string" && fits(value), `a text of ${least} to ${most} characters`);
}

/**
 * Texts of a form.
 * @param {string} pattern
 */
export function formed(pattern) {
  const form = new RegExp(`^(?:${pattern})$`);
  return passing((value) => typeof value === "string" && form.test(value), `a text of the form ${pattern}`);
}

/**
 * One of some words.
 * @param {readonly string[]} words
 */
export function oneOf(words) {
  const known = new Set(words);
  return passing((value) => typeof value === "string" && known.has(value), `one of ${words.slice(0, 6).join(", ")}`);
}

/**
 * Whole numbers between two.
 * @param {number} least
 * @param {number} most
 */
export function whole(least, most) {
  const fits = (/** @type {any} */ value) => typeof value === "number" && value >= least && value <= most;
  return passing(fits, `a whole number from ${least} to ${most}`);
}

/**
 * Lists of so many elements.
 * @template T
 * @param {Reader<T>} element
 * @param {number} [least]
 * @param {number} [most]
 * @returns {Reader<T[]>}
 */
export function listOf(element, least = 0, most = Infinity) {
  return (value, at) => {
    if (!Array.isArray(value)) throw new Misfit(at, "expected a list");
    if (value.length < least || value.length > most) throw new Misfit(at, `expected ${least} to ${most} elements`);
    return value.map((each, place) => element(each, `${at}.${place}`));
  };
}

/**
 * The same, or null where it is withheld.
 * @template T
 * @param {Reader<T>} reader
 * @returns {Reader<T | null>}
 */
export function orHole(reader) {
  return (value, at) => (value === WITHHELD ? null : reader(value, at));
}

/**
 * Dictionaries.
 * @template T
 * @param {Reader<string>} name
 * @param {Reader<T>} member
 * @returns {Reader<Map<string, T>>}
 */
export function mapOf(name, member) {
  return (value, at) => {
    const pairs = membersOf(value, at).map(([key, each]) => [name(key, `${at}.${key}`), member(each, `${at}.${key}`)]);
    return new Map(/** @type {[string, T][]} */ (pairs));
  };
}

/**
 * Objects of some members: those of `needed` must be there, those of `may` may be.
 * @param {Record<string, Reader<any>>} needed
 * @param {Record<string, Reader<any>>} [may]
 * @param {{open?: boolean}} [how] - `open`: other members are left alone
 * @returns {Reader<any>}
 */
export function objectOf(needed, may = {}, { open = false } = {}) {
  const readers = new Map(Object.entries({ ...needed, ...may }));
  const names = [...readers.keys()];
  return (value, at) => {
    const read = Object.fromEntries(names.map((name) => [name, null]));
    const missing = new Set(Object.keys(needed));
    for (const [name, each] of membersOf(value, at)) {
      const reader = readers.get(name);
      if (reader === undefined && open) continue;
      if (reader === undefined) throw new Misfit(inside(at, name), "there is no such member");
      read[name] = reader(each, inside(at, name));
      missing.delete(name);
    }
    for (const name of missing) throw new Misfit(inside(at, name), "it is missing");
    return read;
  };
}

/**
 * What the first of several readers takes.
 * @param {...Reader<any>} readers
 * @returns {Reader<any>}
 */
export function either(...readers) {
  return (value, at) => {
    for (const reader of readers.slice(0, -1)) {
      try {
        return reader(value, at);
      } catch (error) {
        if (!(error instanceof Misfit)) throw error;
      }
    }
    return readers[readers.length - 1](value, at);
  };
}

/**
 * Objects of several kinds, told apart by their member `kind`.
 * @param {Record<string, Reader<any>>} kinds
 * @returns {Reader<any>}
 */
export function byKind(kinds) {
  const readers = new Map(Object.entries(kinds));
  return (value, at) => {
    const kind = membersOf(value, at).find(([name]) => name === "kind");
    const reader = kind && readers.get(kind[1]);
    if (!reader) throw new Misfit(inside(at, "kind"), `expected one of ${[...readers.keys()].join(", ")}`);
    return reader(value, at);
  };
}

/**
 * A reader with a condition on what it has read.
 * @template T
 * @param {Reader<T>} reader
 * @param {(read: T) => boolean} holds
 * @param {string} expected
 * @returns {Reader<T>}
 */
export function such(reader, holds, expected) {
  return (value, at) => {
    const read = reader(value, at);
    if (!holds(read)) throw new Misfit(at, `expected ${expected}`);
    return read;
  };
}

/**
 * The members of an object, opened or plain.
 * @param {any} value
 * @param {string} at
 * @returns {[string, any][]}
 */
function membersOf(value, at) {
  if (value instanceof Map) return [...value];
  if (!isObject(value)) throw new Misfit(at, "expected an object");
  return Object.entries(value);
}

/**
 * @param {string} at
 * @param {string} name
 */
function inside(at, name) {
  return at ? `${at}.${name}` : name;
}

export const WORD = text();
export const DIGEST = formed(HASH);
export const BATCH = formed(`${HASH}#(0|[1-9][0-9]{0,3})`);
export const TIME = passing(isTime, "a time such as 2026-01-31T12:00:00Z");
export const DATE = passing(isDate, "a date such as 2026-01-31");
export const MOMENT = passing((value) => isDate(value) || isTime(value), "a date or a time");
export const COUNTRY = oneOf(WORDS.countries);
export const STEP = oneOf(WORDS.steps);
const STAGE = oneOf(["mine", ...WORDS.steps.filter((step) => !WORDS.handling_steps.includes(step))]);
export const MASS = whole(1, MAX_MASS_MG);
export const COMPOSITION = mapOf(oneOf(WORDS.elements), whole(0, PPM));
export const SHARES = mapOf(oneOf(["*", ...WORDS.elements]), whole(1, PPM));
export const STAGES = mapOf(formed("\\*|[A-Z][a-z]?"), mapOf(STAGE, listOf(COUNTRY, 1, 60)));
