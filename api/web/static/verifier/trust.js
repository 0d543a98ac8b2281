// From a pinned policy to every key (ledger/bundle/trust.py): policy, checkpoint, genesis, the operator's record, admissions,
// every chain's keys.

import { openCheckpoint, parseCheckpoint } from "./checkpoint.js";
import { LodestoneError, PolicyUnmet, ProofInvalid, SignatureInvalid, VerificationError } from "./errors.js";
import { isObject } from "./json.js";
import { instantOf } from "./instant.js";
import { verifySignature } from "./keys.js";
import { leafHash, rootFromPath } from "./merkle.js";
import { parseNote } from "./note.js";
import { cut, sameBytes, utf8 } from "./text.js";
import { continues, parseAddCheckpoint } from "./witness.js";

/**
 * @typedef {import("./policy.js").Policy} Policy
 * @typedef {import("./checkpoint.js").Checkpoint} Checkpoint
 * @typedef {import("./format.js").Report} Report
 * @typedef {import("./format.js").Evidence} Evidence
 * @typedef {import("./chains.js").Chain} Chain
 * @typedef {{checkpoint: Checkpoint, said: string}} Approved a trusted checkpoint, and who has signed it, in words
 */

/** Who has signed: the log, and the witnesses with their times. @param {import("./policy.js").Approval} approval */
function saidOf(approval, later) {
  const times = [...approval.witnesses].filter(([, time]) => time > 0n);
  const timed = new Set(times.map(([name]) => name));
  const own = [approval.log.name, ...approval.witnesses.keys()].filter((name) => !timed.has(name)).join(", ");
  const seen = times.map(([name, time]) => `${name} (${instantOf(time)})`).join(", ");
  const at = later ? ` at ${later.size} entries, which continue these` : "";
  return `signed by ${own}${seen ? `, witnessed${at} by ${seen}` : ""}`;
}

/**
 * The checkpoint of a note, if the pinned policy trusts it: by itself, or by a later one that the quorum has signed and
 * that continues it. The log must have signed both.
 * @param {string} note
 * @param {Policy} policy
 * @param {Uint8Array | null} [later] what witnesses signed later
 * @returns {Promise<Approved>}
 * @throws {VerificationError}
 */
export async function approve(note, policy, later = null) {
  try {
    return await approved(note, policy, later);
  } catch (error) {
    if (error instanceof PolicyUnmet) {
      throw new PolicyUnmet(`checkpoint: I cannot say who signed this: ${error.message}`);
    }
    if (error instanceof LodestoneError) throw new SignatureInvalid(`checkpoint: ${error.message}`);
    throw error;
  }
}

async function approved(note, policy, later) {
  try {
    const approval = await policy.evaluate(note);
    return { checkpoint: approval.checkpoint, said: saidOf(approval, null) };
  } catch (error) {
    const known = error instanceof PolicyUnmet && later !== null ? await signedByLog(note, policy) : null;
    if (known === null) throw error;
    return continued(known, later, policy);
  }
}

/** The checkpoint of a note that every key of its log has signed, as far as the policy names them; else null. */
async function signedByLog(note, policy) {
  const keys = policy.keysOf(parseCheckpoint(parseNote(note).text).origin);
  if (keys.length === 0) return null;
  const [checkpoint, signed] = await openCheckpoint(note, keys);
  return signed.length === keys.length ? checkpoint : null;
}

/** @returns {Promise<Approved>} */
async function continued(known, text, policy) {
  try {
    const request = parseAddCheckpoint(text);
    const approval = await policy.evaluate(request.note);
    return { checkpoint: known, said: saidOf(approval, continues(request, known)) };
  } catch (error) {
    if (error instanceof PolicyUnmet) throw new PolicyUnmet(`the later checkpoint does not help: ${error.message}`);
    if (error instanceof VerificationError) throw new SignatureInvalid(`the later checkpoint: ${error.message}`);
    throw error;
  }
}

/**
 * Prove that genesis is entry 0, and every record at its index, with the signatures that its leaf names.
 * @param {Evidence} evidence
 * @param {Checkpoint} checkpoint
 * @throws {ProofInvalid}
 */
export function proveInclusion(evidence, checkpoint) {
  const { size, root } = checkpoint;
  const { genesis } = evidence;
  const lost = "the path does not lead to the root of the checkpoint";
  const leads = (index, data, path) => sameBytes(rootFromPath(index, size, leafHash(data), path), root);
  let where = `${evidence.where}.genesis`;
  if (genesis.origin !== checkpoint.origin) {
    throw new ProofInvalid(`${where}: it begins the log ${cut(genesis.origin, 80)}, not ${checkpoint.origin}`);
  }
  try {
    if (!leads(0n, genesis.data, evidence.genesisPath)) throw new ProofInvalid(lost);
    for (const entry of evidence.entries) {
      where = String(entry);
      const { leaf, envelope } = entry;
      if (leaf.record !== envelope.recordId) throw new ProofInvalid(`the leaf is that of the record ${leaf.record}`);
      if (leaf.signatures !== envelope.signaturesDigest()) {
        throw new ProofInvalid("the leaf names other signatures than the envelope carries");
      }
      if (!leads(BigInt(entry.index), leaf.data, entry.path)) throw new ProofInvalid(lost);
    }
  } catch (error) {
    if (error instanceof ProofInvalid) throw new ProofInvalid(`${where}: ${error.message}`);
    throw error;
  }
}

/**
 * The operator's chain whose key in force at the checkpoint is the one that the report names.
 * @param {Report} report
 * @param {import("./chains.js").Chains} chains
 * @returns {Chain}
 * @throws {SignatureInvalid}
 */
export function reportSigner(report, chains) {
  const named = (key) => key.kid === report.thumbprint && key.alg === report.alg;
  const found = chains.reporters.find((chain) => chain.standing === "admitted" && chain.keys.keys.some(named));
  if (found) return found;
  const key = cut(report.thumbprint, 60);
  throw new SignatureInvalid(
    `report, header: the key ${key} is not one that signs reports of this log at its checkpoint`,
  );
}

/**
 * Verify the report's signature by the key that it names.
 * @param {Report} report
 * @param {Chain} signer
 * @throws {SignatureInvalid}
 */
export async function verifyCredential(report, signer) {
  const key = signer.keys.keys.find((each) => each.kid === report.thumbprint);
  const signed = utf8(report.text.slice(0, report.text.lastIndexOf(".")));
  try {
    await verifySignature(key, signed, report.signature);
  } catch (error) {
    if (error instanceof SignatureInvalid) throw new SignatureInvalid(`report, signature: ${error.message}`);
    throw error;
  }
}

/**
 * Whom the issuer was held against: a sentence, or an empty text where there is nothing to hold it against. Expected is the
 * caller's word, else the DID in the log's own record of the chain that signed.
 * @param {Report} report
 * @param {Chain} signer
 * @param {import("./chains.js").Chains} chains
 * @param {string | null} expected
 * @returns {string}
 * @throws {VerificationError}
 */
export function issuerKnown(report, signer, chains, expected) {
  const { issuer } = report.credential;
  if (issuer !== report.did) {
    throw new VerificationError("report, issuer: it is not the DID that the header's kid names");
  }
  if (expected !== null) {
    if (issuer === expected) return `${issuer}, as expected`;
    throw new VerificationError(`report, issuer: it is ${cut(issuer, 120)}, expected ${expected}`);
  }
  const { opened } = chains.records.find((record) => record.entry === signer.openedBy);
  const identifiers = opened.get("identifiers");
  const named = isObject(identifiers) ? [identifiers.did, identifiers["did:web"]] : [];
  const stated = named.filter((did) => typeof did === "string");
  if (stated.length === 0) return "";
  if (!stated.includes(issuer)) {
    const said = cut(stated[0], 120);
    throw new VerificationError(`report, issuer: it is ${cut(issuer, 120)}, but the log says ${said}`);
  }
  return `${issuer}, as the log's own record of the signing chain says`;
}
