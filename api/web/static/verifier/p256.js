// ECDSA on the curve P-256 (FIPS 186-5) in plain integers: whether a key is a point, and, where there is no WebCrypto,
// whether a signature is one of it. No secret comes here.

import { sha256 } from "./digest.js";

const P = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
const BASE = [
  0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
];

/** @typedef {[bigint, bigint] | null} Point null is the point at infinity */

/** @param {bigint} number @param {bigint} prime */
function mod(number, prime) {
  const rest = number % prime;
  return rest < 0n ? rest + prime : rest;
}

/** The inverse by Euclid's algorithm. @param {bigint} number @param {bigint} prime */
function inverse(number, prime) {
  let [a, b, x, y] = [mod(number, prime), prime, 1n, 0n];
  while (a > 1n) {
    const q = b / a;
    [a, b, x, y] = [b - q * a, a, y - q * x, x];
  }
  return mod(x, prime);
}

/** @param {Uint8Array} bytes */
function bigEndian(bytes) {
  let hex = "0x0";
  for (const byte of bytes) hex += byte.toString(16).padStart(2, "0");
  return BigInt(hex);
}

/** @param {Point} one @param {Point} other @returns {Point} */
function add(one, other) {
  if (one === null) return other;
  if (other === null) return one;
  const [x1, y1] = one;
  const [x2, y2] = other;
  if (x1 === x2 && mod(y1 + y2, P) === 0n) return null;
  const slope = x1 === x2 ? (3n * x1 * x1 - 3n) * inverse(2n * y1, P) : (y2 - y1) * inverse(x2 - x1, P);
  const x = mod(slope * slope - x1 - x2, P);
  return [x, mod(slope * (x1 - x) - y1, P)];
}

/** @param {bigint} number @param {Point} point @returns {Point} */
function multiply(number, point) {
  let total = null;
  for (const bit of number.toString(2)) {
    total = add(total, total);
    if (bit === "1") total = add(total, point);
  }
  return total;
}

/**
 * Whether an uncompressed point, 65 bytes, lies on the curve.
 * @param {Uint8Array} raw
 * @returns {boolean}
 */
export function isOnP256(raw) {
  const x = bigEndian(raw.subarray(1, 33));
  const y = bigEndian(raw.subarray(33));
  return x < P && y < P && mod(y * y - x * x * x + 3n * x - B, P) === 0n;
}

/**
 * Whether r and s, 32 bytes each, are a signature of a key over a message with SHA-256.
 * @param {Uint8Array} raw an uncompressed point of the curve
 * @param {Uint8Array} signature
 * @param {Uint8Array} message
 * @returns {boolean}
 */
export function verifyP256(raw, signature, message) {
  const r = bigEndian(signature.subarray(0, 32));
  const s = bigEndian(signature.subarray(32));
  if (r < 1n || r >= N || s < 1n || s >= N) return false;
  const w = inverse(s, N);
  const key = [bigEndian(raw.subarray(1, 33)), bigEndian(raw.subarray(33))];
  const hashed = bigEndian(sha256(message));
  const found = add(multiply(mod(hashed * w, N), BASE), multiply(mod(r * w, N), key));
  return found !== null && found[0] % N === r;
}
