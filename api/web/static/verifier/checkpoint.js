// Checkpoints: origin, size and root of a log in three lines (C2SP tlog-checkpoint); and what each kind of key signs of one.

import { sha256 } from "./digest.js";
import { LodestoneError, PolicyUnmet, SignatureInvalid, ValueFault, VerificationError } from "./errors.js";
import { COSIGN_ED25519, COSIGN_MLDSA44, decodeBase64, ED25519, isKeyName, parseNote } from "./note.js";
import { fits } from "./signatures.js";
import { joined, sameBytes, utf8 } from "./text.js";

/** The largest tree whose every proof has at most 63 hashes. */
export const MAX_SIZE = 2n ** 62n;

const MAX_TIMESTAMP = 2n ** 63n - 1n;
const EMPTY_ROOT = sha256(new Uint8Array(0));
const NUMBER = /^(?:0|[1-9][0-9]{0,18})$/;
const SIGNATURE_SIZE = { [ED25519]: 64, [COSIGN_ED25519]: 8 + 64, [COSIGN_MLDSA44]: 8 + 2420 };

/**
 * The size and root of a log at one moment. Where it comes from decides whether anybody signed it.
 * @typedef {{origin: string, size: bigint, root: Uint8Array}} Checkpoint
 * @typedef {import("./note.js").NoteKey} NoteKey
 * @typedef {{key: NoteKey, timestamp: bigint | null}} Signed a key whose signature is proven, and the time that it states
 */

/**
 * A decimal number in its one form.
 * @param {string} text
 * @returns {bigint}
 * @throws {ValueFault}
 */
export function parseNumber(text) {
  if (!NUMBER.test(text)) throw new ValueFault("expected a decimal number without leading zeroes");
  return BigInt(text);
}

/**
 * Read the text of a checkpoint note. Not checked: signatures.
 * @param {string} text
 * @returns {Checkpoint}
 * @throws {VerificationError} not exactly origin, size and root in their one form
 */
export function parseCheckpoint(text) {
  const lines = text.split("\n");
  if (lines.length !== 4 || lines[3] !== "") {
    throw new VerificationError("malformed checkpoint: expected three lines, origin, size and root");
  }
  try {
    const [origin, size, root] = [lines[0], parseNumber(lines[1]), decodeBase64(lines[2])];
    if (!isKeyName(origin) || utf8(origin).length > 255) {
      throw new ValueFault("an origin is 1 to 255 bytes without spaces, plus signs or control characters");
    }
    if (size > MAX_SIZE) throw new ValueFault("the size of a log is a number from 0 to 2^62");
    if (root.length !== 32) throw new ValueFault("a root has 32 bytes");
    if (size === 0n && !sameBytes(root, EMPTY_ROOT)) throw new ValueFault("the root of an empty log is fixed");
    return { origin, size, root };
  } catch (error) {
    if (error instanceof ValueFault) throw new VerificationError(`malformed checkpoint: ${error.message}`);
    throw error;
  }
}

/** @param {bigint} number */
function eightBytes(number) {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, number);
  return new Uint8Array(view.buffer);
}

/** The structure that an ML-DSA-44 key signs for a whole tree. */
function subtreeMessage(cosigner, timestamp, { origin, size, root }) {
  const [name, log] = [utf8(cosigner), utf8(origin)];
  if (name.length > 255) throw new ValueFault("the name of a cosigner has at most 255 bytes");
  const [start, times] = [utf8("subtree/v1\n\u0000"), eightBytes(timestamp)];
  const [from, to] = [eightBytes(0n), eightBytes(size)];
  return joined(start, Uint8Array.of(name.length), name, times, Uint8Array.of(log.length), log, from, to, root);
}

/** @param {NoteKey} key @param {string} text @param {bigint | null} timestamp */
function messageOf(key, text, timestamp) {
  if (timestamp === null) return utf8(text);
  if (key.kind === COSIGN_ED25519) return utf8(`cosignature/v1\ntime ${timestamp}\n${text}`);
  return subtreeMessage(key.name, timestamp, parseCheckpoint(text));
}

/** @param {NoteKey} key @param {string} text @param {Uint8Array} signature @returns {Promise<Signed>} */
async function verifyLine(key, text, signature) {
  const wrong = new SignatureInvalid(`a signature by the key ${key.name}+${key.id} does not verify`);
  if (signature.length !== SIGNATURE_SIZE[key.kind]) throw wrong;
  const plain = key.kind === ED25519;
  const timestamp = plain ? null : new DataView(signature.buffer, signature.byteOffset).getBigUint64(0);
  if (timestamp !== null && timestamp > MAX_TIMESTAMP) throw wrong;
  let message;
  try {
    message = messageOf(key, text, timestamp);
  } catch (error) {
    if (error instanceof LodestoneError) throw wrong;
    throw error;
  }
  const alg = key.kind === COSIGN_MLDSA44 ? "ML-DSA-44" : "Ed25519";
  if (!(await fits(alg, key.raw, plain ? signature : signature.subarray(8), message))) throw wrong;
  return { key, timestamp };
}

/**
 * Read a checkpoint note and prove every signature by one of the keys. One failing signature by a known key spoils it.
 * @param {string} data
 * @param {NoteKey[]} keys
 * @returns {Promise<[Checkpoint, Signed[]]>}
 * @throws {VerificationError} not a signed checkpoint, a false signature, or signed by none of the keys
 */
export async function openCheckpoint(data, keys) {
  const note = parseNote(data);
  const signed = [];
  for (const line of note.signatures) {
    const key = keys.find((each) => each.name === line.name && each.id === line.id);
    if (key !== undefined) {
      const proven = await verifyLine(key, note.text, line.signature);
      if (!signed.some((each) => each.key === key)) signed.push(proven);
    }
  }
  if (signed.length === 0) throw new PolicyUnmet("the note carries no signature by a known key");
  return [parseCheckpoint(note.text), signed];
}
