// Points of the curve edwards25519 in plain integers (RFC 8032 section 5.1), as in ledger/signing/edwards.py.
//
// A key of small or mixed order is found here, once for each key. Signatures are left to WebCrypto where it knows
// Ed25519; elsewhere they are verified here, without the cofactor, as OpenSSL and WebCrypto do. No secret comes here.

import { ValueFault } from "./errors.js";
import { sha512 } from "./sha512.js";
import { joined, sameBytes } from "./text.js";

const P = 2n ** 255n - 19n;
/** The prime order of the group that the base point generates. */
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const D = mod(-121665n * power(121666n, P - 2n));
const D2 = mod(2n * D);
const ROOT = power(2n, (P - 1n) / 4n);
const IDENTITY = [0n, 1n, 1n, 0n];
const BASE_Y = mod(4n * power(5n, P - 2n));

/** @typedef {bigint[]} Point extended coordinates X, Y, Z, T */

/** The bytes stand for no point of the curve. */
export class NotAPoint extends ValueFault {}

/** The bytes are a second spelling of a point, which RFC 8032 does not allow. */
export class NotCanonicalPoint extends NotAPoint {}

/** @param {bigint} number */
function mod(number) {
  const rest = number % P;
  return rest < 0n ? rest + P : rest;
}

/** @param {bigint} base @param {bigint} exponent */
function power(base, exponent) {
  let result = 1n;
  for (let square = base, left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * square) % P;
    square = (square * square) % P;
  }
  return result;
}

/** @param {Uint8Array} bytes */
function littleEndian(bytes) {
  let hex = "0x";
  for (let at = bytes.length - 1; at >= 0; at -= 1) hex += bytes[at].toString(16).padStart(2, "0");
  return BigInt(hex);
}

/** The x of a y, of the sign that is asked for; null where no point of the curve has this y. */
function solved(y, sign) {
  const u = mod(y * y - 1n);
  const v = mod(D * y * y + 1n);
  let x = (((u * power(v, 3n)) % P) * power((u * power(v, 7n)) % P, (P - 5n) / 8n)) % P;
  if ((((v * x) % P) * x) % P === P - u && u) x = (x * ROOT) % P;
  if ((((v * x) % P) * x) % P !== u) return null;
  return (x & 1n) === sign ? x : mod(-x);
}

/**
 * The point that 32 bytes stand for (RFC 8032 section 5.1.3).
 * @param {Uint8Array} raw
 * @returns {Point}
 * @throws {NotCanonicalPoint | NotAPoint}
 */
export function decompress(raw) {
  if (raw.length !== 32) throw new NotAPoint("expected 32 bytes");
  const number = littleEndian(raw);
  const sign = number >> 255n;
  const y = number & (2n ** 255n - 1n);
  if (y >= P) throw new NotCanonicalPoint("expected a y below the prime of the field");
  const x = solved(y, sign);
  if (x === null) throw new NotAPoint("expected a point of the curve edwards25519");
  if (x === 0n && sign) throw new NotCanonicalPoint("expected no sign for x = 0");
  return [x, y, 1n, (x * y) % P];
}

/** As `decompress`, but any y and any sign of x = 0, as OpenSSL and WebCrypto read keys. @param {Uint8Array} raw */
function decompressAny(raw) {
  const number = littleEndian(raw);
  const y = (number & (2n ** 255n - 1n)) % P;
  const x = solved(y, number >> 255n);
  return x === null ? null : [x, y, 1n, (x * y) % P];
}

/** The sum of two points; the formula is complete, so it also doubles. @param {Point} one @param {Point} other */
function add([x1, y1, z1, t1], [x2, y2, z2, t2]) {
  const a = ((y1 - x1) * (y2 - x2)) % P;
  const b = ((y1 + x1) * (y2 + x2)) % P;
  const c = (((t1 * D2) % P) * t2) % P;
  const d = (2n * z1 * z2) % P;
  const e = b - a;
  const f = d - c;
  const g = d + c;
  const h = b + a;
  return [(e * f) % P, (g * h) % P, (f * g) % P, (e * h) % P];
}

/** @param {bigint} number @param {Point} point */
function multiply(number, point) {
  let total = IDENTITY;
  for (const bit of number.toString(2)) {
    total = add(total, total);
    if (bit === "1") total = add(total, point);
  }
  return total;
}

/** @param {Point} point */
function compress([x, y, z]) {
  const inverse = power(mod(z), P - 2n);
  const number = mod(y * inverse) | ((mod(x * inverse) & 1n) << 255n);
  const hex = number.toString(16).padStart(64, "0");
  return Uint8Array.from({ length: 32 }, (_, at) => parseInt(hex.slice(62 - 2 * at, 64 - 2 * at), 16));
}

/**
 * Whether a point generates the group of order L: not the identity, and L times it is.
 * @param {Point} point
 * @returns {boolean}
 */
export function isPrimeOrder(point) {
  const [x, y, z] = multiply(L, point);
  return mod(x) === 0n && mod(y - z) === 0n && !(point[0] === 0n && point[1] === point[2]);
}

/**
 * Whether a signature is one of a key over a message, by RFC 8032 without the cofactor.
 * @param {Uint8Array} raw
 * @param {Uint8Array} signature 64 bytes
 * @param {Uint8Array} message
 * @returns {boolean}
 */
export function verifyEd25519(raw, signature, message) {
  const key = decompressAny(raw);
  const s = littleEndian(signature.subarray(32));
  if (key === null || s >= L) return false;
  const commitment = signature.subarray(0, 32);
  const hashed = littleEndian(sha512(joined(commitment, raw, message))) % L;
  const base = [solved(BASE_Y, 0n), BASE_Y, 1n, 0n];
  base[3] = (base[0] * BASE_Y) % P;
  const [x, y, z, t] = key;
  const found = add(multiply(s, base), multiply(hashed, [mod(-x), y, z, mod(-t)]));
  return sameBytes(compress(found), commitment);
}
