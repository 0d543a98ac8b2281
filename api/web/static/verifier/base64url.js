// Strict base64 and base64url (RFC 4648): a text is taken only if encoding its bytes again gives the same text.

import { ValueFault } from "./errors.js";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const HASH = "sha-256:[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]";
const DIGEST = new RegExp(`^${HASH}$`);
const BATCH = new RegExp(`^(${HASH})#(0|[1-9][0-9]{0,3})$`);

/** Both alphabets, and for each the values of its characters. */
const URL_ALPHABET = `${LETTERS}-_`;
const ALPHABET = `${LETTERS}+/`;
const URL_VALUES = valuesOf(URL_ALPHABET);
const VALUES = valuesOf(ALPHABET);

/** @param {string} alphabet */
function valuesOf(alphabet) {
  const values = new Int8Array(128).fill(-1);
  [...alphabet].forEach((character, value) => {
    values[character.charCodeAt(0)] = value;
  });
  return values;
}

/** @param {Uint8Array} bytes @param {string} alphabet */
function encoded(bytes, alphabet) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const group = (bytes[at] << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    const count = Math.min(4, bytes.length - at + 1);
    for (let place = 0; place < count; place += 1) text += alphabet[(group >> (18 - 6 * place)) & 63];
  }
  return text;
}

/** The bytes of a text without padding; null where it is not the one form. @param {string} text @param {Int8Array} values */
function decoded(text, values) {
  const rest = text.length & 3;
  if (rest === 1) return null;
  const bytes = new Uint8Array((text.length * 3) >> 2);
  let held = 0;
  let bits = 0;
  let out = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const value = code < 128 ? values[code] : -1;
    if (value < 0) return null;
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[out] = (held >> bits) & 0xff;
      out += 1;
    }
  }
  return (held & ((1 << bits) - 1)) === 0 ? bytes : null;
}

/**
 * Base64url without padding.
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function b64u(bytes) {
  return encoded(bytes, URL_ALPHABET);
}

/**
 * The bytes of a base64url text.
 * @param {string} text
 * @returns {Uint8Array}
 * @throws {ValueFault} the text is not the one unpadded base64url form of its bytes
 */
export function unb64u(text) {
  const bytes = decoded(text, URL_VALUES);
  if (bytes !== null) return bytes;
  const whole = text.length % 4 === 1 || /[^A-Za-z0-9_-]/.test(text);
  throw new ValueFault(whole ? "expected unpadded base64url" : "expected unpadded base64url in its one form");
}

/**
 * Standard base64 with padding (RFC 4648 section 4).
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function base64(bytes) {
  const text = encoded(bytes, ALPHABET);
  return text + "=".repeat((4 - (text.length & 3)) & 3);
}

/**
 * The bytes of standard base64 with padding, in its one form.
 * @param {string} text
 * @returns {Uint8Array | null} null for any other spelling
 */
export function unbase64(text) {
  const found = /^([^=]*)(={0,2})$/.exec(text);
  return found !== null && text.length % 4 === 0 ? decoded(found[1], VALUES) : null;
}

/**
 * Whether a value is a named SHA-256 digest in its one form.
 * @param {unknown} value
 * @returns {boolean}
 */
export function isDigest(value) {
  return typeof value === "string" && value.length === 51 && DIGEST.test(value);
}

/**
 * Whether a value is the name of a batch.
 * @param {unknown} value
 * @returns {boolean}
 */
export function isBatchId(value) {
  return typeof value === "string" && BATCH.test(value);
}

/**
 * The record id and the output's place in a batch's name.
 * @param {string} text
 * @returns {[string, number]}
 * @throws {ValueFault}
 */
export function splitBatchId(text) {
  const found = BATCH.exec(text);
  if (found === null) throw new ValueFault("expected <record id>#<number of the output>");
  return [found[1], Number(found[2])];
}
