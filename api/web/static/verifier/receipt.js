// Receipts (ledger/bundle/receipt.py): a record's leaf stands in the log, under a checkpoint that the pinned policy trusts.

import { isDigest } from "./base64url.js";
import { breathe } from "./breathe.js";
import { LodestoneError, VerificationError } from "./errors.js";
import { canonicalBytes } from "./json.js";
import { parseLoosely } from "./jsonfault.js";
import { LEAF_VERSION } from "./leaf.js";
import { leafHash, verifyInclusion } from "./merkle.js";
import { parsePolicy } from "./policy.js";
import { parseProof } from "./proof.js";
import { check, concluded, FAILED, PASSED } from "./result.js";
import { fromUtf8 } from "./text.js";
import { approve } from "./trust.js";

const MEMBERS = ["index", "leaf", "proof", "record", "state"];
const BAD = "This receipt proves nothing";
const NOT_SHOWN = [
  "What the record says: only whoever holds it can show that its digest is the one in the leaf.",
  "Anything after the checkpoint of the receipt.",
];
const ONE_LOG = "That everybody sees one and the same log: the policy demands no independent witness.";

/**
 * Whether a file is meant to be one receipt or several, by its content. Nothing is verified.
 * @param {Uint8Array} data
 * @returns {boolean}
 */
export function looksLikeReceipts(data) {
  if (data[0] !== 0x7b) return false;
  const text = new TextDecoder("latin1").decode(data);
  return text.includes('"proof"') && text.includes("c2sp.org/tlog-proof@v1");
}

/**
 * Verify every receipt of a file under the pinned policy.
 * @param {Uint8Array} data
 * @param {Uint8Array} policy
 * @param {Uint8Array | null} later what witnesses signed later
 * @returns {Promise<import("./result.js").Answer>}
 */
export async function verifyReceipts(data, policy, later) {
  let pinned;
  try {
    pinned = parsePolicy(policy);
  } catch (error) {
    if (error instanceof LodestoneError) return concluded([check("file", FAILED, error.message)], "", BAD);
    throw error;
  }
  const text = fromUtf8(data);
  if (text === null) return concluded([check("file", FAILED, "this file is not UTF-8")], "", BAD);
  const lines = text.replace(/\n$/, "").split("\n");
  const checks = [];
  for (const [number, line] of lines.entries()) {
    const where = lines.length === 1 ? "receipt" : `line ${number + 1}`;
    try {
      checks.push(check(where, PASSED, await verified(line, pinned, later)));
    } catch (error) {
      if (!(error instanceof VerificationError)) throw error;
      checks.push(check(where, FAILED, `${where}: ${error.message}`));
      break;
    }
    await breathe();
  }
  const one = lines.length === 1;
  const who = one ? "The record of this receipt is" : `The records of these ${lines.length} receipts are`;
  const good = `${who} in the log, durably, under checkpoints that the policy trusts.`;
  return concluded(checks, good, BAD, pinned.demandsWitness ? NOT_SHOWN : [...NOT_SHOWN, ONE_LOG]);
}

/** @returns {never} */
function refuse(sentence) {
  throw new VerificationError(sentence);
}

/** @param {string} line @param {import("./policy.js").Policy} policy @param {Uint8Array | null} later */
async function verified(line, policy, later) {
  const said = parseLoosely(line);
  if (said === undefined) refuse("this is not JSON as receipts are");
  if (!(said instanceof Map) || said.size !== 5 || !MEMBERS.every((name) => said.has(name))) {
    refuse(`expected exactly the members ${MEMBERS.join(", ")}`);
  }
  const [leaf, proof, record, state] = ["leaf", "proof", "record", "state"].map((name) => said.get(name));
  checkLeaf(leaf);
  if (record !== leaf.get("r")) refuse("record: it is not the one that the leaf names");
  if (state !== "integrated" && state !== "witnessed") refuse("state: expected integrated or witnessed");
  if (typeof proof !== "string") refuse("proof: expected a text");
  const { index, path, note } = parseProof(proof);
  const { checkpoint } = await approve(note, policy, later);
  const hashed = leafHash(canonicalBytes(leaf));
  verifyInclusion(index, checkpoint.size, hashed, path, checkpoint.root);
  const stated = said.get("index");
  if (typeof stated !== "number" || BigInt(stated) !== index) refuse(`index: the proof is for ${index}`);
  return `${record} stands at index ${index} of ${checkpoint.origin}, under ${checkpoint.size} entries`;
}

/** @param {unknown} leaf */
function checkLeaf(leaf) {
  const exact = leaf instanceof Map && leaf.size === 4 && ["c", "r", "s", "t"].every((name) => leaf.has(name));
  if (!exact || leaf.get("t") !== LEAF_VERSION) {
    refuse("leaf: expected exactly c, r, s and t, which names its version");
  }
  const tags = leaf.get("c");
  if (!Array.isArray(tags) || ![...tags, leaf.get("r"), leaf.get("s")].every(isDigest)) {
    refuse("leaf: expected digests");
  }
}
