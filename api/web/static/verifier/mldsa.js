// ML-DSA-44, -65 and -87 (FIPS 204): verification only, pure, with an empty context. Browsers do not have it yet.
//
// Numbers of the field are below 2^23, so that products are exact in JavaScript's numbers. No secret comes here.

import { Shake } from "./keccak.js";
import { joined, sameBytes } from "./text.js";

const Q = 8380417;
const N = 256;
/** Bits that are dropped from t (FIPS 204 section 4). */
const DROPPED = 13;
const ZETAS = zetas();

/** Table 1: rows and columns of A, the number of ones in c, beta, gamma1 in bits, gamma2, omega, and bytes of c~. */
const SETS = {
  "ML-DSA-44": { k: 4, l: 4, tau: 39, beta: 78, bits: 17, gamma2: (Q - 1) / 88, omega: 80, hash: 32 },
  "ML-DSA-65": { k: 6, l: 5, tau: 49, beta: 196, bits: 19, gamma2: (Q - 1) / 32, omega: 55, hash: 48 },
  "ML-DSA-87": { k: 8, l: 7, tau: 60, beta: 120, bits: 19, gamma2: (Q - 1) / 32, omega: 75, hash: 64 },
};

/** Powers of 1753, a root of unity, in the order in which the transform needs them (appendix B). */
function zetas() {
  const found = new Int32Array(N);
  for (let at = 0; at < N; at += 1) {
    let exponent = 0;
    for (let bit = 0; bit < 8; bit += 1) exponent |= ((at >> bit) & 1) << (7 - bit);
    let value = 1;
    for (let times = 0; times < exponent; times += 1) value = (value * 1753) % Q;
    found[at] = value;
  }
  return found;
}

/** The number-theoretic transform (algorithm 41), in place. @param {Int32Array} w */
function transform(w) {
  let m = 0;
  for (let half = 128; half >= 1; half >>= 1) {
    for (let start = 0; start < N; start += 2 * half) {
      m += 1;
      for (let j = start; j < start + half; j += 1) {
        const t = (ZETAS[m] * w[j + half]) % Q;
        w[j + half] = w[j] < t ? w[j] - t + Q : w[j] - t;
        w[j] = w[j] + t >= Q ? w[j] + t - Q : w[j] + t;
      }
    }
  }
  return w;
}

/** Its inverse (algorithm 42), in place. @param {Int32Array} w */
function restore(w) {
  let m = N;
  for (let half = 1; half < N; half <<= 1) {
    for (let start = 0; start < N; start += 2 * half) {
      m -= 1;
      for (let j = start; j < start + half; j += 1) {
        const t = w[j];
        const sum = t + w[j + half];
        w[j] = sum >= Q ? sum - Q : sum;
        w[j + half] = ((Q - ZETAS[m]) * (t - w[j + half] + Q)) % Q;
      }
    }
  }
  for (let j = 0; j < N; j += 1) w[j] = (w[j] * 8347681) % Q;
  return w;
}

/** Numbers of so many bits each, the low bits first (algorithm 18). @param {Uint8Array} bytes @param {number} bits */
function unpacked(bytes, bits) {
  const found = new Int32Array(N);
  let held = 0;
  let have = 0;
  let at = 0;
  for (const byte of bytes) {
    held += byte * 2 ** have;
    have += 8;
    while (have >= bits) {
      found[at] = held % 2 ** bits;
      held = Math.floor(held / 2 ** bits);
      have -= bits;
      at += 1;
    }
  }
  return found;
}

/** An entry of the matrix A, transformed (algorithm 30). @param {Uint8Array} rho @param {number} row @param {number} column */
function matrixEntry(rho, row, column) {
  const shake = new Shake(128, rho, Uint8Array.of(column, row));
  const found = new Int32Array(N);
  for (let at = 0; at < N; ) {
    const low = shake.next();
    const middle = shake.next();
    const value = ((shake.next() & 127) << 16) | (middle << 8) | low;
    if (value < Q) {
      found[at] = value;
      at += 1;
    }
  }
  return found;
}

/** The polynomial with tau coefficients of 1 or -1 (algorithm 29). @param {Uint8Array} seed @param {number} tau */
function ball(seed, tau) {
  const shake = new Shake(256, seed);
  const signs = shake.read(8);
  const found = new Int32Array(N);
  for (let i = N - tau; i < N; i += 1) {
    let j = shake.next();
    while (j > i) j = shake.next();
    const bit = i + tau - N;
    found[i] = found[j];
    found[j] = (signs[bit >> 3] >> (bit & 7)) & 1 ? Q - 1 : 1;
  }
  return found;
}

/** The hint, or null where it is not in its one form (algorithm 21). @param {Uint8Array} y @param {number} k @param {number} omega */
function hintOf(y, k, omega) {
  const found = [];
  let index = 0;
  for (let row = 0; row < k; row += 1) {
    const marks = new Uint8Array(N);
    const end = y[omega + row];
    if (end < index || end > omega) return null;
    for (const first = index; index < end; index += 1) {
      if (index > first && y[index - 1] >= y[index]) return null;
      marks[y[index]] = 1;
    }
    found.push(marks);
  }
  return y.subarray(index, omega).every((byte) => byte === 0) ? found : null;
}

/** The high bits of a number, corrected by its hint (algorithms 36 and 40). */
function highBits(number, hint, gamma2) {
  const step = 2 * gamma2;
  const count = (Q - 1) / step;
  let low = number % step;
  if (low > gamma2) low -= step;
  let high = (number - low) / step;
  if (number - low === Q - 1) {
    high = 0;
    low -= 1;
  }
  if (!hint) return high;
  return low > 0 ? (high + 1) % count : (high + count - 1) % count;
}

/** Numbers packed in so many bits each (algorithm 16). @param {Int32Array} numbers @param {number} bits */
function packed(numbers, bits) {
  const bytes = new Uint8Array((N * bits) / 8);
  let held = 0;
  let have = 0;
  let out = 0;
  for (const number of numbers) {
    held |= number << have;
    have += bits;
    while (have >= 8) {
      bytes[out] = held & 0xff;
      held >>= 8;
      have -= 8;
      out += 1;
    }
  }
  return bytes;
}

/** The vector z of a signature, or null where a number of it is too large. @param {Uint8Array} bytes */
function responseOf(bytes, { l, beta, bits }) {
  const size = (N * (bits + 1)) / 8;
  const gamma1 = 2 ** bits;
  const found = [];
  for (let column = 0; column < l; column += 1) {
    const z = unpacked(bytes.subarray(column * size, (column + 1) * size), bits + 1);
    for (let at = 0; at < N; at += 1) {
      const value = gamma1 - z[at];
      if (Math.abs(value) >= gamma1 - beta) return null;
      z[at] = value < 0 ? value + Q : value;
    }
    found.push(transform(z));
  }
  return found;
}

/** A row of A z - c t1 2^d, restored. */
function commitmentRow(rho, packedT, row, z, c) {
  const sum = new Int32Array(N);
  z.forEach((each, column) => {
    const entry = matrixEntry(rho, row, column);
    for (let at = 0; at < N; at += 1) sum[at] = (sum[at] + entry[at] * each[at]) % Q;
  });
  const t = unpacked(packedT, 10);
  for (let at = 0; at < N; at += 1) t[at] = (t[at] * 2 ** DROPPED) % Q;
  transform(t);
  for (let at = 0; at < N; at += 1) sum[at] = (sum[at] + (Q - c[at]) * t[at]) % Q;
  return restore(sum);
}

/**
 * Whether a signature is one of a key over a message (algorithms 3 and 8).
 * @param {"ML-DSA-44" | "ML-DSA-65" | "ML-DSA-87"} alg
 * @param {Uint8Array} raw the encoded key, of the right length
 * @param {Uint8Array} signature of the right length
 * @param {Uint8Array} message
 * @returns {boolean}
 */
export function verifyMlDsa(alg, raw, signature, message) {
  const set = SETS[alg];
  const { k, l, tau, bits, gamma2, omega, hash } = set;
  const end = hash + l * 32 * (bits + 1);
  const seed = signature.subarray(0, hash);
  const z = responseOf(signature.subarray(hash, end), set);
  const hint = hintOf(signature.subarray(end), k, omega);
  if (z === null || hint === null) return false;
  const rho = raw.subarray(0, 32);
  const c = transform(ball(seed, tau));
  const mu = new Shake(256, new Shake(256, raw).read(64), Uint8Array.of(0, 0), message).read(64);
  const wide = gamma2 === (Q - 1) / 88 ? 6 : 4;
  const rows = hint.map((marks, row) => {
    const w = commitmentRow(rho, raw.subarray(32 + 320 * row, 352 + 320 * row), row, z, c);
    return packed(w.map((number, at) => highBits(number, marks[at], gamma2)), wide);
  });
  return sameBytes(new Shake(256, mu, joined(...rows)).read(hash), seed);
}
