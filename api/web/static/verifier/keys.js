// Public keys as JWKs, sets of them, and what a signature by them looks like (ledger/signing/keys.py).
//
// The key decides the algorithm, never the message.

import { b64u, unb64u } from "./base64url.js";
import { sha256 } from "./digest.js";
import { decompress, NotCanonicalPoint } from "./edwards.js";
import { LodestoneError, Refused, SignatureInvalid, ValueFault, violation } from "./errors.js";
import { canonical, isObject } from "./json.js";
import { isOnP256 } from "./p256.js";
import { fits, isIdentity, isStrong } from "./signatures.js";
import { sorted, utf8 } from "./text.js";

/** Every algorithm of `lodestone-record/1`. */
export const ALGORITHMS = ["Ed25519", "ES256", "ML-DSA-65", "ML-DSA-87"];

const SIGNATURE_BYTES = { Ed25519: 64, ES256: 64, "ML-DSA-65": 3309, "ML-DSA-87": 4627 };
const MLDSA_BYTES = { "ML-DSA-65": 1952, "ML-DSA-87": 2592 };
const LONGEST_JWK = 4000;
const EXPECTED = `expected exactly the members of a public key for ${ALGORITHMS.join(", ")}`;
const ONE_OR_HYBRID = "expected one key, or a classical and an ML-DSA key";
const PARSED = new Map();

/**
 * A key that was read: its algorithm, its RFC 7638 thumbprint, and its raw bytes.
 * @typedef {{alg: string, kid: string, raw: Uint8Array}} PublicKey
 */

/**
 * The keys that speak for a chain: one, or a classical and an ML-DSA one of which both must sign, the classical first.
 * @typedef {{keys: PublicKey[], kids: string}} KeySet `kids`: the sorted thumbprints, as one text
 */

/** @param {unknown} jwk @param {string} member @returns {PublicKey} */
function publicKey(jwk, member) {
  const text = isObject(jwk) ? canonical(jwk) : "";
  if (text === "" || utf8(text).length > LONGEST_JWK) throw new Refused([violation("malformed", EXPECTED, member)]);
  if (!PARSED.has(text)) PARSED.set(text, parsed(jwk, text));
  const found = PARSED.get(text);
  if ("code" in found) throw new Refused([violation(found.code, found.sentence, member)]);
  return found;
}

/** The key, or the code and sentence of what is wrong with it. */
function parsed(jwk, text) {
  if (!Object.values(jwk).every((value) => typeof value === "string")) return { code: "malformed", sentence: EXPECTED };
  try {
    const [alg, raw] = rawOf(jwk);
    return { alg, kid: b64u(sha256(utf8(text))), raw };
  } catch (error) {
    if (error instanceof NotCanonicalPoint) {
      return { code: "weak-key", sentence: "this Ed25519 key is not in the one encoding of its point" };
    }
    if (error instanceof LodestoneError) return { code: "malformed", sentence: `not a public key: ${error.message}` };
    throw error;
  }
}

/** @returns {[string, Uint8Array]} */
function rawOf(jwk) {
  const members = Object.keys(jwk).sort().join(" ");
  if (jwk.kty === "OKP" && members === "crv kty x" && jwk.crv === "Ed25519") {
    const raw = unb64u(jwk.x);
    decompress(raw);
    return ["Ed25519", raw];
  }
  if (jwk.kty === "EC" && members === "crv kty x y" && jwk.crv === "P-256") {
    const [x, y] = [unb64u(jwk.x), unb64u(jwk.y)];
    if (x.length !== 32 || y.length !== 32) throw new ValueFault("expected coordinates of 32 bytes");
    const raw = Uint8Array.of(4, ...x, ...y);
    if (!isOnP256(raw)) throw new ValueFault("Invalid EC key.");
    return ["ES256", raw];
  }
  if (jwk.kty === "AKP" && members === "alg kty pub" && jwk.alg in MLDSA_BYTES) {
    const raw = unb64u(jwk.pub);
    const size = MLDSA_BYTES[jwk.alg];
    if (raw.length !== size) throw new ValueFault(`expected ${size} bytes for ${jwk.alg}`);
    return [jwk.alg, raw];
  }
  throw new ValueFault(EXPECTED);
}

/** @param {PublicKey} key */
function isPostQuantum(key) {
  return key.alg in MLDSA_BYTES;
}

/**
 * The key set that a record's member `keys` names.
 * @param {unknown} jwks
 * @param {string} [member]
 * @returns {KeySet}
 * @throws {Refused}
 */
export function keySet(jwks, member = "keys") {
  const refused = new Refused([violation("malformed", ONE_OR_HYBRID, member)]);
  if (!Array.isArray(jwks) || jwks.length < 1 || jwks.length > 2) throw refused;
  const keys = [];
  const violations = [];
  jwks.forEach((jwk, place) => {
    try {
      keys.push(publicKey(jwk, `${member}[${place}]`));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      violations.push(...error.violations);
    }
  });
  if (violations.length > 0) throw new Refused(violations);
  const ordered = [...keys.filter((key) => !isPostQuantum(key)), ...keys.filter(isPostQuantum)];
  if (ordered.length === 2 && isPostQuantum(ordered[0]) === isPostQuantum(ordered[1])) {
    throw new Refused([violation("malformed", ONE_OR_HYBRID, "keys")]);
  }
  return { keys: ordered, kids: kidsOf(ordered) };
}

/**
 * Thumbprints as one text, whatever their order, each once: equal for equal sets.
 * @param {{kid: string}[]} keys
 * @returns {string}
 */
export function kidsOf(keys) {
  return sorted(new Set(keys.map((key) => key.kid))).join(" ");
}

/**
 * Refuses Ed25519 keys of small or mixed order.
 * @param {KeySet} keys
 * @throws {Refused}
 */
export function checkStrong(keys) {
  for (const key of keys.keys) {
    if (key.alg === "Ed25519" && !isStrong(key.raw)) {
      throw new Refused([violation("weak-key", "this Ed25519 key is not a point of prime order", "keys")]);
    }
  }
}

/**
 * Checks that the signature is one of this key over the message.
 * @param {PublicKey} key
 * @param {Uint8Array} message
 * @param {Uint8Array} signature
 * @returns {Promise<void>}
 * @throws {SignatureInvalid} it is not, or has another length than the algorithm's
 */
export async function verifySignature(key, message, signature) {
  const size = SIGNATURE_BYTES[key.alg];
  if (signature.length !== size) throw new SignatureInvalid(`expected a signature of ${size} bytes for ${key.alg}`);
  const identity = key.alg === "Ed25519" && isIdentity(signature);
  if (identity || !(await fits(key.alg, key.raw, signature, message))) {
    throw new SignatureInvalid(`the signature does not fit the key ${key.kid}`);
  }
}
