// A later checkpoint that witnesses have signed, with the proof that it continues an earlier one (C2SP add-checkpoint).

import { parseCheckpoint, parseNumber } from "./checkpoint.js";
import { ProofInvalid, ValueFault, VerificationError } from "./errors.js";
import { MAX_PATH, verifyConsistency } from "./merkle.js";
import { decodeBase64, parseNote } from "./note.js";
import { fromUtf8 } from "./text.js";

const LONGEST = 1_000_000;

/**
 * A checkpoint note with the proof that it continues the tree of an old size. Nothing is verified yet.
 * @typedef {{old: bigint, path: Uint8Array[], note: string}} AddCheckpoint
 * @typedef {import("./checkpoint.js").Checkpoint} Checkpoint
 */

/**
 * Read such a text in its one form. Not checked: signatures and proof.
 * @param {Uint8Array} data
 * @returns {AddCheckpoint}
 * @throws {VerificationError}
 */
export function parseAddCheckpoint(data) {
  if (data.length > LONGEST) throw new VerificationError(`malformed request: it is longer than ${LONGEST} bytes`);
  const text = fromUtf8(data);
  if (text === null) throw new VerificationError("malformed request: it is not UTF-8");
  const at = text.indexOf("\n\n");
  const [first, ...lines] = (at < 0 ? text : text.slice(0, at)).split("\n");
  if (at < 0 || !first.startsWith("old ")) {
    throw new VerificationError("malformed request: expected old and a size, a proof, a blank line and a checkpoint");
  }
  let old;
  let path;
  try {
    old = parseNumber(first.slice(4));
    path = lines.map(decodeBase64);
  } catch (error) {
    if (error instanceof ValueFault) throw new VerificationError(`malformed request: ${error.message}`);
    throw error;
  }
  if (path.length > MAX_PATH || path.some((value) => value.length !== 32)) {
    throw new VerificationError(`malformed request: expected at most ${MAX_PATH} hashes of 32 bytes`);
  }
  const note = text.slice(at + 2);
  parseCheckpoint(parseNote(note).text);
  return { old, path, note };
}

/**
 * The later checkpoint of such a text, proven to continue an earlier one. Not checked: its signatures.
 * @param {AddCheckpoint} later
 * @param {Checkpoint} earlier
 * @returns {Checkpoint}
 * @throws {VerificationError}
 */
export function continues(later, earlier) {
  const checkpoint = parseCheckpoint(parseNote(later.note).text);
  if (checkpoint.origin !== earlier.origin) {
    throw new ProofInvalid(`it is a checkpoint of ${checkpoint.origin}, not of ${earlier.origin}`);
  }
  if (later.old !== earlier.size) {
    throw new ProofInvalid(`its proof begins at ${later.old} entries, not at ${earlier.size}`);
  }
  if (earlier.size > 0n) {
    verifyConsistency(earlier.size, checkpoint.size, later.path, earlier.root, checkpoint.root);
  } else if (later.path.length > 0) {
    throw new ProofInvalid("there is nothing to prove from size 0 on: expected an empty proof");
  }
  return checkpoint;
}
