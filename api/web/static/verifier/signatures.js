// Whether a signature fits a key: Ed25519 and ES256 by WebCrypto, or in plain integers where it has none; ML-DSA by our own.
//
// Browsers differ on keys of small or mixed order and on a commitment that is the identity. Such are judged here, by the
// one criterion of RFC 8032 without the cofactor (docs/decisions/0021), so that every browser says the same.

import { decompress, isPrimeOrder, verifyEd25519 } from "./edwards.js";
import { LodestoneError } from "./errors.js";
import { verifyMlDsa } from "./mldsa.js";
import { verifyP256 } from "./p256.js";

const CURVE = { Ed25519: { name: "Ed25519" }, ES256: { name: "ECDSA", namedCurve: "P-256" } };
const HOW = { Ed25519: { name: "Ed25519" }, ES256: { name: "ECDSA", hash: "SHA-256" } };
const IMPORTED = new Map();
const ORDINARY = new Map();
const MOST_KEPT = 4096;

/** @param {Uint8Array} raw */
function nameOf(raw) {
  return String.fromCharCode(...raw);
}

/**
 * Whether a key is the one spelling of a point of prime order. Costs some milliseconds, once for each key.
 * @param {Uint8Array} raw
 * @returns {boolean}
 */
export function isStrong(raw) {
  const name = nameOf(raw);
  let found = ORDINARY.get(name);
  if (found === undefined) {
    try {
      found = isPrimeOrder(decompress(raw));
    } catch (error) {
      if (!(error instanceof LodestoneError)) throw error;
      found = false;
    }
    if (ORDINARY.size < MOST_KEPT) ORDINARY.set(name, found);
  }
  return found;
}

/**
 * Whether the commitment of an Ed25519 signature is the neutral point of the curve.
 * @param {Uint8Array} signature
 * @returns {boolean}
 */
export function isIdentity(signature) {
  return signature[0] === 1 && signature.subarray(1, 32).every((byte) => byte === 0);
}

/** The key as WebCrypto holds it; null where there is no WebCrypto, or it does not know the algorithm. */
async function imported(alg, raw) {
  const subtle = globalThis.crypto?.subtle;
  if (subtle === undefined) return null;
  const name = alg + nameOf(raw);
  if (!IMPORTED.has(name)) {
    let key = null;
    try {
      key = await subtle.importKey("raw", raw, CURVE[alg], false, ["verify"]);
    } catch {
      // Not known to this browser, or refused by it as a point: judged in plain integers.
    }
    if (IMPORTED.size >= MOST_KEPT) IMPORTED.clear();
    IMPORTED.set(name, key);
  }
  return IMPORTED.get(name);
}

/**
 * Whether a signature is one of a key over a message. Ed25519 as OpenSSL verifies: a commitment that is the identity
 * counts; `verifies` in keys.js refuses it.
 * @param {string} alg Ed25519, ES256, ML-DSA-44, ML-DSA-65 or ML-DSA-87
 * @param {Uint8Array} raw the encoded point (Ed25519), the uncompressed point (ES256) or the encoded key (ML-DSA)
 * @param {Uint8Array} signature of the algorithm's length
 * @param {Uint8Array} message
 * @returns {Promise<boolean>}
 */
export async function fits(alg, raw, signature, message) {
  if (alg.startsWith("ML-DSA-")) return verifyMlDsa(alg, raw, signature, message);
  const odd = alg === "Ed25519" && (isIdentity(signature) || !isStrong(raw));
  const key = odd ? null : await imported(alg, raw);
  if (key !== null) return globalThis.crypto.subtle.verify(HOW[alg], key, signature, message);
  return alg === "Ed25519" ? verifyEd25519(raw, signature, message) : verifyP256(raw, signature, message);
}
