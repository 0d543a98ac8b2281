// A proof that fits into a file: an index, an inclusion path, and the signed checkpoint (C2SP tlog-proof).

import { parseCheckpoint, parseNumber, MAX_SIZE } from "./checkpoint.js";
import { ValueFault, VerificationError } from "./errors.js";
import { MAX_PATH } from "./merkle.js";
import { decodeBase64, parseNote } from "./note.js";

const HEADER = "c2sp.org/tlog-proof@v1";

/**
 * Read a proof in its one form. Not checked: path and signatures.
 * @param {string} whole
 * @returns {{index: bigint, path: Uint8Array[], note: string}}
 * @throws {VerificationError}
 */
export function parseProof(whole) {
  const at = whole.indexOf("\n\n");
  const lines = (at < 0 ? whole : whole.slice(0, at)).split("\n");
  if (at < 0 || lines.shift() !== HEADER) {
    throw new VerificationError(`malformed proof: expected ${HEADER}, a path, a blank line and a checkpoint`);
  }
  let index;
  let path;
  try {
    if (lines[0]?.startsWith("extra ")) decodeBase64(lines.shift().slice(6));
    if (!lines[0]?.startsWith("index ")) throw new VerificationError("malformed proof: there is no index");
    index = parseNumber(lines.shift().slice(6));
    path = lines.map(decodeBase64);
  } catch (error) {
    if (error instanceof ValueFault) throw new VerificationError(`malformed proof: ${error.message}`);
    throw error;
  }
  if (index >= MAX_SIZE || path.length > MAX_PATH || path.some((value) => value.length !== 32)) {
    throw new VerificationError(`malformed proof: expected at most ${MAX_PATH} hashes of 32 bytes`);
  }
  const note = whole.slice(at + 2);
  parseCheckpoint(parseNote(note).text);
  return { index, path, note };
}
