// SHA-512 (FIPS 180-4) in plain integers: slow, and needed only where a browser's WebCrypto has no Ed25519.

import { fractionsOfRoots } from "./roots.js";

const MASK = 2n ** 64n - 1n;
const K = fractionsOfRoots(80, 3n, 64n);
const START = fractionsOfRoots(8, 2n, 64n);

/** @param {bigint} word @param {bigint} by */
function turned(word, by) {
  return ((word >> by) | (word << (64n - by))) & MASK;
}

/**
 * The SHA-512 digest of some bytes.
 * @param {Uint8Array} bytes
 * @returns {Uint8Array}
 */
export function sha512(bytes) {
  const padded = new Uint8Array((((bytes.length + 16) >> 7) + 1) << 7);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, BigInt(bytes.length) * 8n);
  let state = START;
  for (let at = 0; at < padded.length; at += 128) state = block(state, view, at);
  const out = new DataView(new ArrayBuffer(64));
  state.forEach((word, at) => out.setBigUint64(8 * at, word));
  return new Uint8Array(out.buffer);
}

/** @param {bigint[]} state @param {DataView} view @param {number} start */
function block(state, view, start) {
  const w = Array.from({ length: 16 }, (_, at) => view.getBigUint64(start + 8 * at));
  for (let i = 16; i < 80; i += 1) {
    const s0 = turned(w[i - 15], 1n) ^ turned(w[i - 15], 8n) ^ (w[i - 15] >> 7n);
    const s1 = turned(w[i - 2], 19n) ^ turned(w[i - 2], 61n) ^ (w[i - 2] >> 6n);
    w.push((w[i - 16] + s0 + w[i - 7] + s1) & MASK);
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 80; i += 1) {
    const s1 = turned(e, 14n) ^ turned(e, 18n) ^ turned(e, 41n);
    const t1 = (h + s1 + ((e & f) ^ (~e & MASK & g)) + K[i] + w[i]) & MASK;
    const s0 = turned(a, 28n) ^ turned(a, 34n) ^ turned(a, 39n);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) & MASK;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) & MASK, c, b, a, (t1 + t2) & MASK];
  }
  return [a, b, c, d, e, f, g, h].map((word, at) => (word + state[at]) & MASK);
}
