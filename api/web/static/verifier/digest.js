// SHA-256 (FIPS 180-4), our own: a bundle needs it many thousands of times for a few bytes each, and WebCrypto's answers
// come one at a time, each through the event loop.

import { b64u } from "./base64url.js";
import { fractionsOfRoots } from "./roots.js";
import { utf8 } from "./text.js";

const K = Int32Array.from(fractionsOfRoots(64, 3n, 32n), (word) => Number(BigInt.asIntN(32, word)));
const START = Int32Array.from(fractionsOfRoots(8, 2n, 32n), (word) => Number(BigInt.asIntN(32, word)));
const SCHEDULE = new Int32Array(64);

/**
 * The SHA-256 digest of some bytes.
 * @param {Uint8Array} bytes
 * @returns {Uint8Array}
 */
export function sha256(bytes) {
  const state = START.slice();
  const whole = bytes.length & ~63;
  for (let at = 0; at < whole; at += 64) block(state, bytes, at);
  const rest = bytes.length - whole;
  const last = new Uint8Array(rest < 56 ? 64 : 128);
  last.set(bytes.subarray(whole));
  last[rest] = 0x80;
  const view = new DataView(last.buffer);
  view.setUint32(last.length - 8, Math.floor(bytes.length / 0x20000000));
  view.setUint32(last.length - 4, bytes.length << 3);
  for (let at = 0; at < last.length; at += 64) block(state, last, at);
  const out = new DataView(new ArrayBuffer(32));
  state.forEach((word, at) => out.setInt32(4 * at, word));
  return new Uint8Array(out.buffer);
}

/** @param {Int32Array} state @param {Uint8Array} bytes @param {number} start */
function block(state, bytes, start) {
  const w = SCHEDULE;
  for (let i = 0, at = start; i < 16; i += 1, at += 4) {
    w[i] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
  }
  for (let i = 16; i < 64; i += 1) {
    const x = w[i - 15];
    const y = w[i - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i += 1) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
  state[5] += f;
  state[6] += g;
  state[7] += h;
}

/**
 * The named digest of some bytes: `sha-256:<base64url>`.
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function digest(bytes) {
  return `sha-256:${b64u(sha256(bytes))}`;
}

/**
 * The named digest of a text in UTF-8.
 * @param {string} text
 * @returns {string}
 */
export function digestText(text) {
  return digest(utf8(text));
}
