// The signed bytes of a record: an SD-JWT (RFC 9901) in JWS JSON general serialization, as it stands in evidence.

import { unb64u } from "./base64url.js";
import { digest, digestText } from "./digest.js";
import { NotCanonical, NotJson, Refused, TooDeep, ValueFault, violation } from "./errors.js";
import { canonical, isObject, parseCanonical } from "./json.js";
import { ALGORITHMS } from "./keys.js";
import { checkClaims } from "./shape.js";
import { byCodePoint, utf8 } from "./text.js";

const TYP = "lodestone-record+sd-jwt";
const MOST_SIGNATURES = 4;
const LONGEST_HEADER = 300;
/** Levels of nesting at which a replay gives up. */
export const REPLAY_DEPTH = 200;
const HEADERS = new Map();

/**
 * One signature as it was carried, not yet verified.
 * @typedef {{alg: string, kid: string, protected: string, signature: string, raw: Uint8Array}} Signature
 */

/** A well-formed envelope. Not checked: signatures, and whether disclosures fit the digests. */
export class Envelope {
  /**
   * @param {Uint8Array} payload
   * @param {Record<string, any>} claims the members in the clear, with `_sd` and `_sd_alg`
   * @param {Signature[]} signatures
   * @param {string[]} disclosures
   * @param {string} encodedPayload
   */
  constructor(payload, claims, signatures, disclosures, encodedPayload) {
    this.payload = payload;
    this.recordId = digest(payload);
    this.claims = claims;
    this.signatures = signatures;
    this.disclosures = disclosures;
    this.encodedPayload = encodedPayload;
  }

  /** What the signature at this place signs (RFC 7515 section 5.1). @param {number} place @returns {Uint8Array} */
  signingInput(place) {
    return utf8(`${this.signatures[place].protected}.${this.encodedPayload}`);
  }

  /** The member `s` of the record's leaf: which signatures were seen, as carried and in their order. */
  signaturesDigest() {
    return digestText(canonical(this.signatures.map((each) => [each.protected, each.signature])));
  }
}

/**
 * The envelope in a bundle. The disclosures ascend as texts, none twice; where there are none there is no `header`.
 * @param {unknown} value
 * @returns {Envelope}
 * @throws {Refused}
 */
export function parseEvidenceEnvelope(value) {
  const wrong = [];
  const envelope = read(value, wrong);
  if (wrong.length > 0) throw new Refused(wrong);
  const carried = envelope.disclosures;
  if (carried.some((each, at) => at > 0 && byCodePoint(carried[at - 1], each) >= 0)) {
    const sentence = "expected disclosures in ascending order, each once";
    throw new Refused([violation("not-canonical", sentence, "disclosures")]);
  }
  if (carried.length === 0 && value.signatures.some((each) => "header" in each)) {
    const sentence = "expected no header where nothing is disclosed";
    throw new Refused([violation("not-canonical", sentence, "signatures[0]")]);
  }
  return envelope;
}

/** @param {unknown} value @param {import("./errors.js").Violation[]} wrong @returns {Envelope | null} */
function read(value, wrong) {
  const say = (code, sentence, member) => wrong.push(violation(code, sentence, member));
  if (!isObject(value) || Object.keys(value).length !== 2 || !("payload" in value) || !("signatures" in value)) {
    say("malformed", 'expected an object with exactly "payload" and "signatures"');
    return null;
  }
  const [signatures, disclosures] = signaturesOf(value.signatures, say);
  const encoded = value.payload;
  let payload;
  try {
    payload = typeof encoded === "string" ? unb64u(encoded) : new Uint8Array(0);
  } catch (error) {
    if (!(error instanceof ValueFault)) throw error;
    say("malformed", error.message, "payload");
    return null;
  }
  const claims = claimsOf(payload, say);
  if (claims === null) return null;
  wrong.push(...checkClaims(claims));
  return new Envelope(payload, claims, signatures, disclosures, encoded);
}

/** @param {Uint8Array} payload @param {(code: string, sentence: string, member: string) => void} say */
function claimsOf(payload, say) {
  try {
    const claims = parseCanonical(payload, REPLAY_DEPTH);
    if (isObject(claims)) return claims;
    say("malformed", "expected a JSON object", "payload");
  } catch (error) {
    if (error instanceof NotJson) say("malformed", "the payload is not JSON in UTF-8", "payload");
    else if (error instanceof TooDeep) say("too-large", error.message, "payload");
    else if (error instanceof NotCanonical) say("not-canonical", error.message, "payload");
    else throw error;
  }
  return null;
}

/** @returns {[Signature[], string[]]} */
function signaturesOf(value, say) {
  if (!Array.isArray(value) || value.length < 1 || value.length > MOST_SIGNATURES) {
    say("malformed", `expected a list of 1 to ${MOST_SIGNATURES} signatures`, "signatures");
    return [[], []];
  }
  const signatures = [];
  let disclosures = [];
  value.forEach((each, place) => {
    const where = `signatures[${place}]`;
    if (!isObject(each)) {
      say("malformed", "expected an object", where);
      return;
    }
    const hasHeader = place === 0 && "header" in each;
    const count = Object.keys(each).length;
    if (count !== (hasHeader ? 3 : 2) || !("protected" in each) || !("signature" in each)) {
      say("malformed", 'expected exactly "protected" and "signature", and "header" in the first one only', where);
      return;
    }
    if (hasHeader) disclosures = disclosuresOf(each.header, say);
    const found = signatureOf(each, say, where);
    if (found !== null) signatures.push(found);
  });
  return [signatures, disclosures];
}

/** @returns {Signature | null} */
function signatureOf(each, say, where) {
  if (typeof each.protected !== "string" || each.protected.length > LONGEST_HEADER) {
    say("malformed", "expected a short base64url text", `${where}.protected`);
    return null;
  }
  const header = headerOf(each.protected);
  if ("code" in header) say(header.code, header.sentence, `${where}.protected`);
  const signature = typeof each.signature === "string" ? each.signature : "";
  let raw = new Uint8Array(0);
  try {
    raw = unb64u(signature);
  } catch (error) {
    if (!(error instanceof ValueFault)) throw error;
  }
  if (raw.length === 0) say("malformed", "expected unpadded base64url", `${where}.signature`);
  return { alg: header.alg, kid: header.kid, protected: each.protected, signature, raw };
}

/** @returns {string[]} */
function disclosuresOf(header, say) {
  const where = "signatures[0].header";
  if (!isObject(header) || Object.keys(header).length !== 1 || !Array.isArray(header.disclosures)) {
    say("malformed", 'expected an object with exactly a list "disclosures"', where);
    return [];
  }
  if (!header.disclosures.every((each) => typeof each === "string")) {
    say("malformed", "expected texts", `${where}.disclosures`);
    return [];
  }
  return header.disclosures;
}

/** The `alg` and `kid` of a protected header, or a code and a sentence. @param {string} encoded */
function headerOf(encoded) {
  let found = HEADERS.get(encoded);
  if (found === undefined) {
    found = readHeader(encoded);
    if (HEADERS.size < 8192) HEADERS.set(encoded, found);
  }
  return found;
}

/** @param {string} encoded */
function readHeader(encoded) {
  let header;
  try {
    header = parseCanonical(unb64u(encoded));
  } catch (error) {
    if (error instanceof NotCanonical) return { code: "not-canonical", sentence: error.message };
    if (error instanceof ValueFault) return { code: "malformed", sentence: "expected a JSON object in base64url" };
    throw error;
  }
  if (!isObject(header) || Object.keys(header).length !== 3 || header.typ !== TYP) {
    return { code: "malformed", sentence: `expected exactly "alg", "kid" and "typ", which is "${TYP}"` };
  }
  if (!ALGORITHMS.includes(header.alg)) {
    return { code: "malformed", sentence: `expected one of the algorithms ${ALGORITHMS.join(", ")}` };
  }
  if (!isThumbprint(header.kid)) {
    return { code: "malformed", sentence: "expected the key's RFC 7638 thumbprint as kid" };
  }
  return { alg: header.alg, kid: header.kid };
}

/** @param {unknown} kid */
function isThumbprint(kid) {
  return typeof kid === "string" && /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/.test(kid);
}
