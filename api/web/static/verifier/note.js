// Signed notes (C2SP signed-note): a text, a blank line, and one line for each signature; keys known by name and key id.

import { unbase64 } from "./base64url.js";
import { sha256 } from "./digest.js";
import { ValueFault, VerificationError } from "./errors.js";
import { fromUtf8, joined, utf8 } from "./text.js";

/** Kind of a key that signs the text itself. */
export const ED25519 = 0x01;
/** Kind of a key that signs the text and a time (C2SP tlog-cosignature). */
export const COSIGN_ED25519 = 0x04;
/** Kind of a key that signs origin, size, root and a time with ML-DSA-44 (C2SP tlog-cosignature). */
export const COSIGN_MLDSA44 = 0x06;

const MAX_SIGNATURES = 100;
const MAX_NOTE = 1_000_000;
const PUBLIC_SIZE = { [ED25519]: 32, [COSIGN_ED25519]: 32, [COSIGN_MLDSA44]: 1312 };
const DASH = "— ";
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/;
/** White space of any script, as Python knows it. */
const SPACE = /[\t-\r\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;
const LETTER = /[A-Za-z0-9+/]/;

/**
 * A public key that signs notes under a name; `id` are the first four bytes of its hash, as hex digits.
 * @typedef {{name: string, kind: number, raw: Uint8Array, id: string}} NoteKey
 * @typedef {{name: string, id: string, signature: Uint8Array}} SignatureLine
 * @typedef {{text: string, signatures: SignatureLine[]}} Note
 */

/** @param {Uint8Array} bytes */
function hex(bytes) {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * The bytes of standard base64 with padding, in its one form.
 * @param {string} text
 * @returns {Uint8Array}
 * @throws {ValueFault} any other spelling
 */
export function decodeBase64(text) {
  const bytes = unbase64(text);
  if (bytes !== null) return bytes;
  throw new ValueFault(isLooseBase64(text) ? "expected base64 in its one form" : "expected base64");
}

/** Whether a lenient reader would make something of a text. @param {string} text */
function isLooseBase64(text) {
  let place = 0;
  let pads = 0;
  for (const character of text) {
    if (character > "\u007f") return false;
    if (character === "=") {
      if (place < 2) continue;
      pads += 1;
      if (place + pads >= 4) return true;
    } else if (LETTER.test(character)) {
      pads = 0;
      place = (place + 1) % 4;
    }
  }
  return place === 0;
}

/**
 * Whether a text may name a key.
 * @param {string} name
 * @returns {boolean}
 */
export function isKeyName(name) {
  return name !== "" && !name.includes("+") && !CONTROL.test(name) && !SPACE.test(name);
}

/**
 * The key of a verifier key text, `<name>+<8 hex digits>+<base64>`.
 * @param {string} text
 * @returns {NoteKey}
 * @throws {ValueFault}
 */
export function parseVkey(text) {
  const found = /^([^+]*)\+([0-9a-f]{8})\+([^]*)$/.exec(text);
  if (found === null) throw new ValueFault("expected a verifier key: <name>+<8 hex digits>+<base64>");
  const [, name, id, encoded] = found;
  const data = decodeBase64(encoded);
  if (data.length === 0) throw new ValueFault("expected a verifier key: its last part is empty");
  const kind = data[0];
  const raw = data.subarray(1);
  if (!isKeyName(name)) throw new ValueFault("a key's name has no spaces, plus signs or control characters");
  const size = PUBLIC_SIZE[kind];
  if (size === undefined) throw new ValueFault(`keys of kind ${kind} are not known`);
  if (raw.length !== size) throw new ValueFault(`a public key of kind ${kind} has ${size} bytes`);
  const own = hex(sha256(joined(utf8(`${name}\n`), Uint8Array.of(kind), raw)).subarray(0, 4));
  if (own !== id) throw new ValueFault(`the key id of this verifier key should be ${own}`);
  return { name, kind, raw, id };
}

/**
 * Read a signed note; its text ends at the last blank line. Not checked: the signatures.
 * @param {string | Uint8Array} data
 * @returns {Note}
 * @throws {VerificationError}
 */
export function parseNote(data) {
  const raw = typeof data === "string" ? utf8(data) : data;
  const whole = typeof data === "string" ? data : fromUtf8(data);
  if (whole === null) throw new VerificationError("malformed note: it is not UTF-8");
  if (raw.length > MAX_NOTE) throw new VerificationError(`malformed note: it is longer than ${MAX_NOTE} bytes`);
  if (CONTROL.test(whole)) throw new VerificationError("malformed note: it contains control characters");
  const at = whole.lastIndexOf("\n\n");
  if (at < 0 || !whole.slice(at + 2).endsWith("\n")) {
    throw new VerificationError("malformed note: there is no blank line followed by signature lines");
  }
  const lines = whole.slice(at + 2, -1).split("\n");
  if (lines.length > MAX_SIGNATURES) {
    throw new VerificationError(`malformed note: there are more than ${MAX_SIGNATURES} signatures`);
  }
  return { text: whole.slice(0, at + 1), signatures: lines.map(signatureLine) };
}

/** @param {string} line @returns {SignatureLine} */
function signatureLine(line) {
  const rest = line.startsWith(DASH) ? line.slice(DASH.length) : "";
  const space = rest.indexOf(" ");
  if (space < 0 || !isKeyName(rest.slice(0, space))) {
    throw new VerificationError("malformed note: a signature line is not a dash, a key name and base64");
  }
  const data = unbase64(rest.slice(space + 1));
  if (data === null) throw new VerificationError("malformed note: a signature is not base64");
  if (data.length < 5) throw new VerificationError("malformed note: a signature is too short");
  return { name: rest.slice(0, space), id: hex(data.subarray(0, 4)), signature: data.subarray(4) };
}
