// The values of a PDF (ISO 32000-2 section 7.3), read from one place on: numbers, names, texts, arrays, dictionaries.

import { VerificationError } from "./errors.js";

const DEEPEST = 32;
const SPACES = new Set([0x00, 0x09, 0x0a, 0x0c, 0x0d, 0x20]);
const ENDS = new Set([...SPACES, ..."()<>[]{}/%"].map((each) => (typeof each === "string" ? each.charCodeAt(0) : each)));
const ESCAPES = { n: 10, r: 13, t: 9, b: 8, f: 12 };

/**
 * Refuses a file.
 * @param {string} why
 * @returns {never}
 */
export function refuse(why) {
  throw new VerificationError(`this PDF cannot be read: ${why}`);
}

/** Another object, by its number. */
export class Reference {
  /** @param {number} number */
  constructor(number) {
    this.number = number;
  }
}

/** A name. */
export class Name {
  /** @param {string} name */
  constructor(name) {
    this.name = name;
  }
}

/** Reads values. Texts are bytes, dictionaries are Maps. */
export class PdfReader {
  /** @param {Uint8Array} data @param {number} at */
  constructor(data, at) {
    this.data = data;
    this.at = at;
  }

  skip() {
    for (;;) {
      while (SPACES.has(this.data[this.at])) this.at += 1;
      if (this.data[this.at] !== 0x25) return;
      while (this.at < this.data.length && this.data[this.at] !== 0x0a && this.data[this.at] !== 0x0d) this.at += 1;
    }
  }

  /** Whether this word comes next; if so it is passed. @param {string} word */
  word(word) {
    this.skip();
    const found = [...word].every((letter, at) => this.data[this.at + at] === letter.charCodeAt(0));
    if (found) this.at += word.length;
    return found;
  }

  /** The place after the end of this line, where the bytes of a stream begin. */
  afterLine() {
    if (this.data[this.at] === 0x0d) this.at += 1;
    if (this.data[this.at] !== 0x0a) refuse("a stream does not begin on a line of its own");
    return this.at + 1;
  }

  /** What comes next up to a space or a mark. */
  token() {
    this.skip();
    const start = this.at;
    while (this.at < this.data.length && !ENDS.has(this.data[this.at])) this.at += 1;
    return String.fromCharCode(...this.data.subarray(start, Math.min(this.at, start + 200)));
  }

  /** A whole number from 0 on. @returns {number} */
  number() {
    const token = this.token();
    if (!/^[0-9]{1,10}$/.test(token)) refuse("a number is missing");
    return Number(token);
  }

  /** @param {number} [levels] @returns {any} */
  value(levels = DEEPEST) {
    if (levels === 0) refuse("it is nested too deeply");
    this.skip();
    const [first, second] = this.data.subarray(this.at, this.at + 2);
    if (first === 0x2f) return this.name();
    if (first === 0x28) return this.text();
    if (first === 0x5b) return this.array(levels);
    if (first === 0x3c) return second === 0x3c ? this.dictionary(levels) : this.hex();
    return this.plain();
  }

  /** A number, a reference, or a word. */
  plain() {
    const token = this.token();
    if (token === "") refuse("a value is missing");
    if (!/^[0-9]{1,10}$/.test(token)) return { true: true, false: false, null: null }[token] ?? Number(token);
    const { at } = this;
    if (/^[0-9]{1,5}$/.test(this.token()) && this.token() === "R") return new Reference(Number(token));
    this.at = at;
    return Number(token);
  }

  name() {
    this.at += 1;
    const token = this.data[this.at] === undefined || ENDS.has(this.data[this.at]) ? "" : this.token();
    return new Name(token.replace(/#([0-9a-fA-F]{2})/g, (_, digits) => String.fromCharCode(parseInt(digits, 16))));
  }

  /** @param {number} levels */
  array(levels) {
    const found = [];
    this.at += 1;
    while (!this.word("]")) {
      if (this.at >= this.data.length) refuse("an array has no end");
      found.push(this.value(levels - 1));
    }
    return found;
  }

  /** @param {number} levels */
  dictionary(levels) {
    const found = new Map();
    this.at += 2;
    while (!this.word(">>")) {
      const name = this.value(levels - 1);
      if (!(name instanceof Name) || found.has(name.name)) refuse("a dictionary is malformed");
      found.set(name.name, this.value(levels - 1));
    }
    return found;
  }

  hex() {
    const end = this.data.indexOf(0x3e, this.at);
    if (end < 0) refuse("a text has no end");
    const digits = String.fromCharCode(...this.data.subarray(this.at + 1, Math.min(end, this.at + 4096))).replace(/\s/g, "");
    this.at = end + 1;
    return Uint8Array.from(digits.match(/..?/g) ?? [], (pair) => parseInt(pair.padEnd(2, "0"), 16));
  }

  text() {
    const found = [];
    let open = 0;
    for (; this.at < this.data.length; this.at += 1) {
      const byte = this.data[this.at];
      if (byte === 0x5c) {
        found.push(...this.escaped());
      } else {
        open += byte === 0x28 ? 1 : byte === 0x29 ? -1 : 0;
        if (open === 0) {
          this.at += 1;
          return Uint8Array.from(found.slice(1));
        }
        found.push(byte);
      }
    }
    return refuse("a text has no end");
  }

  /** The byte behind a backslash; `at` is left on the last character of it. @returns {number[]} */
  escaped() {
    const ahead = String.fromCharCode(...this.data.subarray(this.at + 1, this.at + 4));
    const octal = /^[0-7]{1,3}/.exec(ahead);
    if (octal !== null) {
      this.at += octal[0].length;
      return [parseInt(octal[0], 8) & 255];
    }
    this.at += 1;
    if (ahead[0] === "\n" || ahead[0] === "\r") {
      if (ahead.startsWith("\r\n")) this.at += 1;
      return [];
    }
    return [ESCAPES[ahead[0]] ?? ahead.charCodeAt(0)];
  }
}
