// From a record as a plain object to its signed envelope: what `ledger/signing/build.py` does, byte for byte.
//
// The shape of records, canonical JSON and digests are the verifier's own modules: one meaning for signing and checking.

import { b64u } from "../verifier/base64url.js";
import { digest, sha256 } from "../verifier/digest.js";
import { canonical, canonicalBytes, isObject, MAX_DEPTH } from "../verifier/json.js";
import { isKey, LARGEST } from "../verifier/jsonfault.js";
import { clearMembers, holdsDigests, isName, partsOf } from "../verifier/shape.js";
import { sorted, utf8 } from "../verifier/text.js";

const TYP = "lodestone-record+sd-jwt";
const SALT_BYTES = 16;

/** What cannot be signed, each with its member. */
export class NotSignable extends Error {
  /** @param {{sentence: string, member: string}[]} wrong */
  constructor(wrong) {
    super(wrong.map(({ member, sentence }) => (member ? `${member}: ${sentence}` : sentence)).join(" "));
    this.wrong = wrong;
  }
}

/**
 * 16 bytes from the browser's random source: never twice the same, since a salt is what hides a guessable value.
 * @returns {Uint8Array}
 */
export function freshSalt() {
  return crypto.getRandomValues(new Uint8Array(SALT_BYTES));
}

/**
 * The payload of a record, and its disclosures. `salt` is called once for each, parts before the whole.
 * @param {Record<string, unknown>} record
 * @param {() => Uint8Array} [salt]
 * @returns {{payload: Uint8Array, disclosures: string[], id: string}}
 * @throws {NotSignable}
 */
export function buildPayload(record, salt = freshSalt) {
  const members = plain(record, MAX_DEPTH);
  const builder = new Builder(salt);
  const clear = clearMembers(members.type);
  const hidden = Object.keys(members).filter((name) => !clear.has(name));
  const payload = Object.create(null);
  payload._sd_alg = "sha-256";
  payload._sd = builder.members(members, hidden, partsOf(members.type), "");
  for (const name of Object.keys(members)) {
    if (clear.has(name)) payload[name] = builder.whole(members[name], name);
  }
  if (builder.wrong.length > 0) throw new NotSignable(builder.wrong);
  const bytes = canonicalBytes(payload);
  return { payload: bytes, disclosures: builder.disclosures, id: digest(bytes) };
}

/**
 * The envelope: one signature by each signer, the disclosures in ascending order, which tells nothing of the members'.
 * @param {Uint8Array} payload
 * @param {string[]} disclosures
 * @param {{alg: string, kid: string, sign: (message: Uint8Array) => Promise<Uint8Array>}[]} signers
 * @returns {Promise<string>} canonical JSON, as it is sent
 */
export async function signEnvelope(payload, disclosures, signers) {
  const encoded = b64u(payload);
  const signatures = [];
  for (const { alg, kid, sign } of signers) {
    const header = b64u(canonicalBytes({ alg, kid, typ: TYP }));
    signatures.push({ protected: header, signature: b64u(await sign(utf8(`${header}.${encoded}`))) });
  }
  if (disclosures.length > 0) signatures[0].header = { disclosures: sorted(disclosures) };
  return canonical({ payload: encoded, signatures });
}

/** Collects the disclosures of one record, and what is wrong with its members. */
class Builder {
  /** @param {() => Uint8Array} salt */
  constructor(salt) {
    this.salt = salt;
    this.disclosures = [];
    this.wrong = [];
  }

  /** The sorted digests of an object's members. */
  members(values, names, parts, prefix) {
    const digests = [];
    for (const name of names) {
      if (isName(name)) digests.push(this.disclose([name, this.member(name, values[name], parts, prefix + name)]));
      else this.malformed("a member cannot have this name", prefix + name);
    }
    return sorted(digests);
  }

  /** The digests of an object that does not open whole. */
  object(value, parts, prefix) {
    if (isObject(value)) return this.members(value, Object.keys(value), parts, prefix);
    this.malformed("expected an object", prefix.replace(/\.$/, ""));
    return [];
  }

  /** A value that opens whole, or stands in the clear. */
  whole(value, path) {
    if (holdsDigests(value)) this.malformed("what opens whole holds no digests", path);
    return value;
  }

  member(name, value, parts, path) {
    const part = parts.get(name);
    if (part === undefined) return this.whole(value, path);
    if (!part.isList) return { _sd: this.object(value, part.parts, `${path}.`) };
    if (!Array.isArray(value)) {
      this.malformed("expected a list", path);
      return [];
    }
    return value.map((each, at) => ({
      "...": this.disclose([{ _sd: this.object(each, part.parts, `${path}[${at}].`) }]),
    }));
  }

  disclose(content) {
    const salt = this.salt();
    if (salt.length !== SALT_BYTES) throw new RangeError("a salt has 16 bytes");
    const disclosure = b64u(canonicalBytes([b64u(salt), ...content]));
    this.disclosures.push(disclosure);
    return b64u(sha256(utf8(disclosure)));
  }

  malformed(sentence, member) {
    this.wrong.push({ sentence, member });
  }
}

/** A value of JSON as signed JSON has it: whole numbers, objects without a prototype, no null. */
function plain(value, levels, path = "") {
  const refuse = (sentence) => {
    throw new NotSignable([{ sentence, member: path }]);
  };
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") {
    return Number.isInteger(value) && Math.abs(value) <= LARGEST ? value + 0 : refuse("expected a whole number of at most 2^53-1");
  }
  if (typeof value !== "object" || value === null) return refuse("expected text, whole number, true, false, list or object");
  if (levels === 0) return refuse("nested too deeply");
  if (Array.isArray(value)) return value.map((each, at) => plain(each, levels - 1, `${path}[${at}]`));
  const made = Object.create(null);
  for (const name of Object.keys(value)) {
    const inside = path ? `${path}.${name}` : name;
    if (!isKey(name)) throw new NotSignable([{ sentence: "a member cannot have this name", member: inside }]);
    made[name] = plain(value[name], levels - 1, inside);
  }
  return made;
}
