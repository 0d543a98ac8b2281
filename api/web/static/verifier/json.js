// Signed JSON (docs/formats/signed-json.md): the one byte form of everything that is signed or hashed.
//
// The reader takes canonical bytes only, in one pass. Where it stops, `faultOf` reads again, leniently, to say why.
//
// A value is a text, a whole number, true, false, an array, or an object without a prototype: a member that is absent is
// `undefined` whatever it is called, and `__proto__` is a name like any other.

import { faultOf, isKey, LARGEST } from "./jsonfault.js";
import { byCodePoint, fromUtf8, utf8 } from "./text.js";

/** Levels of nesting that a submission may have. */
export const MAX_DEPTH = 16;

/** Levels at which reading gives up, whatever was asked for. */
const UNLIMITED = 200;

/** The escapes that the one form uses, each where it must. */
const ESCAPE = /\\(?:["\\bfnrt]|u00(?:0[0-7be-f]|1[0-9a-f]))/y;
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const WHOLE = /-?[1-9][0-9]{0,15}|0/y;

/**
 * Whether a value is an object of JSON.
 * @param {unknown} value
 * @returns {boolean}
 */
export function isObject(value) {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === null;
}

/**
 * The value of canonical bytes.
 * @param {Uint8Array} bytes
 * @param {number} [maxDepth]
 * @returns {any}
 * @throws {NotJson | NotCanonical | TooDeep}
 */
export function parseCanonical(bytes, maxDepth = MAX_DEPTH) {
  const depth = Math.min(maxDepth, UNLIMITED);
  const text = fromUtf8(bytes);
  if (text !== null) {
    const reader = new Reader(text);
    const value = reader.value(depth);
    if (value !== undefined && reader.at === text.length) return value;
  }
  throw faultOf(text, depth);
}

/** Reads canonical JSON; `undefined` is given for whatever is not. */
class Reader {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  /** @param {number} levels */
  value(levels) {
    switch (this.text.charCodeAt(this.at)) {
      case 0x22:
        return this.string();
      case 0x7b:
        return levels === 0 ? undefined : this.object(levels - 1);
      case 0x5b:
        return levels === 0 ? undefined : this.array(levels - 1);
      case 0x74:
        return this.word("true", true);
      case 0x66:
        return this.word("false", false);
      default:
        return this.number();
    }
  }

  string() {
    const { text } = this;
    const start = this.at + 1;
    PLAIN.lastIndex = start;
    PLAIN.test(text);
    let end = PLAIN.lastIndex;
    if (text.charCodeAt(end) === 0x22) {
      this.at = end + 1;
      return text.slice(start, end);
    }
    while (text.charCodeAt(end) === 0x5c) {
      ESCAPE.lastIndex = end;
      if (!ESCAPE.test(text)) return undefined;
      PLAIN.lastIndex = ESCAPE.lastIndex;
      PLAIN.test(text);
      end = PLAIN.lastIndex;
    }
    if (text.charCodeAt(end) !== 0x22) return undefined;
    this.at = end + 1;
    return JSON.parse(text.slice(start - 1, end + 1));
  }

  number() {
    WHOLE.lastIndex = this.at;
    const found = WHOLE.exec(this.text);
    if (found === null) return undefined;
    const number = Number(found[0]);
    if (Math.abs(number) > LARGEST) return undefined;
    this.at += found[0].length;
    return number;
  }

  /** @param {string} word @param {boolean} value */
  word(word, value) {
    if (!this.text.startsWith(word, this.at)) return undefined;
    this.at += word.length;
    return value;
  }

  /** @param {number} levels */
  array(levels) {
    const found = [];
    this.at += 1;
    if (this.text.charCodeAt(this.at) === 0x5d) {
      this.at += 1;
      return found;
    }
    for (;;) {
      const value = this.value(levels);
      if (value === undefined) return undefined;
      found.push(value);
      const next = this.text.charCodeAt(this.at);
      this.at += 1;
      if (next === 0x5d) return found;
      if (next !== 0x2c) return undefined;
    }
  }

  /** @param {number} levels */
  object(levels) {
    const found = Object.create(null);
    let last = "";
    this.at += 1;
    if (this.text.charCodeAt(this.at) === 0x7d) {
      this.at += 1;
      return found;
    }
    for (;;) {
      if (this.text.charCodeAt(this.at) !== 0x22) return undefined;
      const key = this.string();
      if (key === undefined || key <= last || !isKey(key) || this.text.charCodeAt(this.at) !== 0x3a) return undefined;
      this.at += 1;
      const value = this.value(levels);
      if (value === undefined) return undefined;
      found[key] = value;
      last = key;
      const next = this.text.charCodeAt(this.at);
      this.at += 1;
      if (next === 0x7d) return found;
      if (next !== 0x2c) return undefined;
    }
  }
}

/**
 * The canonical text of a value of signed JSON; a `Map` is written as an object, a `bigint` as a whole number.
 * @param {unknown} value
 * @returns {string}
 */
export function canonical(value) {
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  const read = value instanceof Map ? (name) => value.get(name) : (name) => value[name];
  const names = value instanceof Map ? [...value.keys()] : Object.keys(value);
  const members = names.sort(byCodePoint).map((name) => `${JSON.stringify(name)}:${canonical(read(name))}`);
  return `{${members.join(",")}}`;
}

/**
 * The canonical bytes of a value.
 * @param {unknown} value
 * @returns {Uint8Array}
 */
export function canonicalBytes(value) {
  return utf8(canonical(value));
}

/**
 * Whether two values of JSON are equal, as Python compares them: true is 1, and false is 0.
 * @param {unknown} one
 * @param {unknown} other
 * @returns {boolean}
 */
export function sameValue(one, other) {
  if (Array.isArray(one)) {
    return Array.isArray(other) && one.length === other.length && one.every((each, at) => sameValue(each, other[at]));
  }
  if (typeof one === "object" && typeof other === "object" && !Array.isArray(other)) {
    const names = Object.keys(one);
    return (
      names.length === Object.keys(other).length && names.every((name) => name in other && sameValue(one[name], other[name]))
    );
  }
  const plain = (value) => (typeof value === "boolean" ? Number(value) : value);
  return plain(one) === plain(other);
}
