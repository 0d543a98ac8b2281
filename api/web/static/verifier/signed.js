// Whether exactly the keys that must sign a record have signed it (ledger/signing/verify.py).

import { Refused, SignatureInvalid, VerificationError, violation } from "./errors.js";
import { verifySignature } from "./keys.js";
import { sorted } from "./text.js";

/**
 * @typedef {import("./format.js").Entry} Entry
 * @typedef {import("./keys.js").KeySet} KeySet
 */

/**
 * Checks that each key of the sets has signed exactly once, and nobody else: usually one set; the old and the new one
 * together where a record changes the keys.
 * @param {Entry} entry
 * @param {KeySet[]} sets
 * @throws {VerificationError} the sentence names the record
 */
export async function verifySigned(entry, sets) {
  const wrong = await signatureFault(entry.envelope, sets);
  if (wrong !== null) throw toldOf(entry, new Refused([wrong]));
}

/**
 * What is wrong with a record names it.
 * @param {Entry} entry
 * @param {unknown} error
 * @returns {unknown}
 */
export function toldOf(entry, error) {
  if (!(error instanceof Refused)) return error;
  const [first] = error.violations;
  return new VerificationError(`${entry}${first.member ? `, ${first.member}` : ""}: ${first.sentence}`);
}

/** The first thing that is wrong with who has signed: each key of the sets once, and nobody else; or null. */
async function signatureFault(envelope, sets) {
  const required = new Map(sets.flatMap((set) => set.keys.map((key) => [key.kid, key])));
  const signed = new Set();
  for (const [place, signature] of envelope.signatures.entries()) {
    const where = `signatures[${place}]`;
    const key = required.get(signature.kid);
    if (key === undefined) {
      return violation("unknown-key", `the key ${signature.kid} does not speak for this chain here`, where);
    }
    if (signed.has(key.kid)) return violation("signature-invalid", `the key ${key.kid} has signed twice`, where);
    signed.add(key.kid);
    if (signature.alg !== key.alg) {
      return violation("signature-invalid", `the key ${key.kid} signs with ${key.alg}, not ${signature.alg}`, where);
    }
    try {
      await verifySignature(key, envelope.signingInput(place), signature.raw);
    } catch (error) {
      if (error instanceof SignatureInvalid) return violation("signature-invalid", error.message, where);
      throw error;
    }
  }
  const [missing] = sorted([...required.keys()].filter((kid) => !signed.has(kid)));
  if (missing === undefined) return null;
  return violation("signature-invalid", `the signature by the key ${missing} is missing`, "signatures");
}
