// Texts as Python has them: counted, cut and ordered by code points, so that both verifiers say the same of a file.

const ENCODER = new TextEncoder();

/**
 * The bytes of a text in UTF-8.
 * @param {string} text
 * @returns {Uint8Array}
 */
export function utf8(text) {
  return ENCODER.encode(text);
}

/**
 * The text of bytes in UTF-8, strictly: nothing is replaced, and a byte order mark is a character.
 * @param {Uint8Array} bytes
 * @returns {string | null} null where the bytes are not UTF-8
 */
export function fromUtf8(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/**
 * The order of texts by code points. JavaScript's own is that of UTF-16, which differs beyond the first 65,536.
 * @param {string} one
 * @param {string} other
 * @returns {number}
 */
export function byCodePoint(one, other) {
  const least = Math.min(one.length, other.length);
  for (let at = 0; at < least; at += 1) {
    const a = one.charCodeAt(at);
    const b = other.charCodeAt(at);
    if (a !== b) {
      const high = (unit) => unit >= 0xd800 && unit <= 0xdfff;
      return high(a) === high(b) ? a - b : high(a) ? 1 : -1;
    }
  }
  return one.length - other.length;
}

/**
 * Texts in the order of code points, in a new array.
 * @param {Iterable<string>} texts
 * @returns {string[]}
 */
export function sorted(texts) {
  return [...texts].sort(byCodePoint);
}

/**
 * A number with commas between thousands, as sentences have it.
 * @param {number | bigint} number
 * @returns {string}
 */
export function grouped(number) {
  return String(number).replace(/\B(?=(?:[0-9]{3})+$)/g, ",");
}

/**
 * The first characters of a text.
 * @param {string} text
 * @param {number} most
 * @returns {string}
 */
export function cut(text, most) {
  return text.length <= most ? text : [...text].slice(0, most).join("");
}

/**
 * How many characters a text has.
 * @param {string} text
 * @returns {number}
 */
export function length(text) {
  return /[\ud800-\udbff]/.test(text) ? [...text].length : text.length;
}

/**
 * The bytes of several arrays, one after the other.
 * @param {...Uint8Array} parts
 * @returns {Uint8Array}
 */
export function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * Whether two arrays hold the same bytes.
 * @param {Uint8Array} one
 * @param {Uint8Array} other
 * @returns {boolean}
 */
export function sameBytes(one, other) {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}
