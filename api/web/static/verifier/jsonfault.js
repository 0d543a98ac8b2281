// Why bytes are not signed JSON, in the words of `ledger.values.canonical`: no JSON, outside the profile, or another form.

import { NotCanonical, NotJson, TooDeep } from "./errors.js";
import { utf8 } from "./text.js";

/** The greatest number. */
export const LARGEST = Number.MAX_SAFE_INTEGER;

/** Levels at which JSON of any sort is given up. */
const DEEPEST = 1024;
const KEY = /^[A-Za-z0-9_@.:/*-]{1,64}$/;
const KNOWN_KEYS = new Set();
const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

/**
 * Whether a text may be the key of an object.
 * @param {string} name
 * @returns {boolean}
 */
export function isKey(name) {
  if (KNOWN_KEYS.has(name)) return true;
  if (!KEY.test(name)) return false;
  if (KNOWN_KEYS.size < 1024) KNOWN_KEYS.add(name);
  return true;
}

/** A number that JSON allows and the profile does not. */
class Fraction {}

/** A whole number beyond what the profile allows. */
class Large {}

/**
 * What is wrong with a text that the reader of canonical JSON did not take. The error carries as `place` the number of
 * characters before the fault, where that can be said.
 * @param {string | null} text null for bytes that are not UTF-8
 * @param {number} depth
 * @returns {NotJson | NotCanonical | TooDeep}
 */
export function faultOf(text, depth) {
  const reader = new Lenient(text ?? "");
  let value;
  try {
    value = text === null ? reader.stop() : reader.whole();
  } catch (error) {
    if (!(error instanceof NotJson)) throw error;
    return Object.assign(error, { place: reader.at });
  }
  const outside = fault(value, depth);
  if (outside !== null) return outside;
  const wrong = new NotCanonical("expected the one canonical form (RFC 8785): sorted keys, each once, no white space");
  return Object.assign(wrong, { place: common(text, written(value)) });
}

/**
 * The number of bytes before a fault.
 * @param {Uint8Array} bytes
 * @param {{place?: number}} error
 * @returns {string} ` (near byte 12)`, or nothing
 */
export function nearByte(bytes, error) {
  if (error.place === undefined) return "";
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  return ` (near byte ${utf8(text.slice(0, error.place)).length})`;
}

/**
 * The value of any JSON without fractions and without a name twice, spaces allowed: objects are Maps.
 * @param {string} text
 * @returns {unknown} undefined where it is none
 */
export function parseLoosely(text) {
  const reader = new Lenient(text);
  reader.once = true;
  try {
    return reader.whole();
  } catch (error) {
    if (error instanceof NotJson) return undefined;
    throw error;
  }
}

/** Reads any JSON. Objects become Maps, numbers outside the profile stay what they are. */
class Lenient {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
    this.at = 0;
    /** Whether names that stand twice, and fractions, are refused. */
    this.once = false;
  }

  /** @returns {never} */
  stop() {
    throw new NotJson("these bytes are not JSON in UTF-8");
  }

  whole() {
    const value = this.value(0);
    if (this.at !== this.text.length) this.stop();
    return value;
  }

  /** @param {RegExp} pattern */
  match(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found !== null) this.at += found[0].length;
    return found;
  }

  /** @param {number} levels */
  value(levels) {
    this.match(SPACE);
    const value = this.inner(levels);
    this.match(SPACE);
    return value;
  }

  /** @param {number} levels */
  inner(levels) {
    const first = this.text[this.at];
    if (first === "{" || first === "[") {
      if (levels >= DEEPEST) this.stop();
      this.at += 1;
      return first === "{" ? this.object(levels + 1) : this.array(levels + 1);
    }
    if (first === '"') return this.string();
    for (const [word, value] of [["true", true], ["false", false], ["null", null]]) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    return this.number();
  }

  string() {
    const found = this.match(STRING);
    if (found === null) this.stop();
    const value = JSON.parse(found[0]);
    if (!wellFormed(value)) this.stop();
    return value;
  }

  number() {
    const found = this.match(NUMBER);
    if (found === null) this.stop();
    const value = Number(found[0]);
    if (!Number.isFinite(value)) this.stop();
    if (found[1] !== undefined || found[2] !== undefined) return this.once ? this.stop() : new Fraction();
    const exact = BigInt(found[0]);
    if (exact >= 2n ** 64n || exact < -(2n ** 63n)) return new Fraction();
    return Math.abs(value) > LARGEST ? new Large() : value + 0;
  }

  /** @param {number} levels */
  array(levels) {
    const found = [];
    this.match(SPACE);
    if (this.text[this.at] === "]") {
      this.at += 1;
      return found;
    }
    for (;;) {
      found.push(this.value(levels));
      const next = this.text[this.at];
      if (next !== "," && next !== "]") this.stop();
      this.at += 1;
      if (next === "]") return found;
    }
  }

  /** @param {number} levels */
  object(levels) {
    const found = new Map();
    this.match(SPACE);
    if (this.text[this.at] === "}") {
      this.at += 1;
      return found;
    }
    for (;;) {
      this.match(SPACE);
      const key = this.string();
      this.match(SPACE);
      if (this.text[this.at] !== ":") this.stop();
      this.at += 1;
      if (this.once && found.has(key)) this.stop();
      found.set(key, this.value(levels));
      const next = this.text[this.at];
      if (next !== "," && next !== "}") this.stop();
      this.at += 1;
      if (next === "}") return found;
    }
  }
}

/** Whether a text has no half of a surrogate pair: only such a text has a form in UTF-8. @param {string} text */
function wellFormed(text) {
  try {
    encodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** The first thing that the profile does not allow. */
function fault(value, levels) {
  if (typeof value === "string" || typeof value === "boolean" || typeof value === "number") return null;
  if (value instanceof Large) return new NotCanonical("expected integers of at most 2^53-1 in magnitude");
  if (value === null || value instanceof Fraction) {
    return new NotCanonical(
      "null and numbers with a fraction or of great size are not allowed: " +
        "expected strings, integers, true, false, arrays and objects only",
    );
  }
  if (levels === 0) return new TooDeep("nested too deeply");
  const members = value instanceof Map ? value : value.map((member) => [null, member]);
  for (const [key, member] of members) {
    if (key !== null && !isKey(key)) {
      return new NotCanonical("expected keys of 1 to 64 characters out of A-Z a-z 0-9 _ @ . : / * -");
    }
    const found = fault(member, levels - 1);
    if (found !== null) return found;
  }
  return null;
}

/** The canonical text of a value that keeps to the profile. */
function written(value) {
  if (Array.isArray(value)) return `[${value.map(written).join(",")}]`;
  if (!(value instanceof Map)) return typeof value === "string" ? JSON.stringify(value) : String(value);
  return `{${[...value.keys()].sort().map((key) => `"${key}":${written(value.get(key))}`).join(",")}}`;
}

/** How many characters two texts begin with in common. */
function common(one, other) {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  return at;
}
