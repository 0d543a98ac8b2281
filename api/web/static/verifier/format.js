// The files that people are given, read strictly: a report and a bundle (docs/formats/bundle.md). Nothing here proves anything.

import { isDigest, unb64u } from "./base64url.js";
import { parseEvidenceEnvelope } from "./envelope.js";
import { Refused, ValueFault, VerificationError } from "./errors.js";
import { canonicalBytes, isObject, parseCanonical } from "./json.js";
import { nearByte } from "./jsonfault.js";
import { ALGORITHMS } from "./keys.js";
import { GENESIS_VERSION, LEAF_VERSION } from "./leaf.js";
import { fromUtf8, sorted, utf8 } from "./text.js";

const BUNDLE_VERSION = "lodestone-bundle/1";
const TYP = "vc+jwt";
/** Levels of nesting at which a file is refused. */
const DEPTH = 100;

/**
 * @typedef {import("./envelope.js").Envelope} Envelope
 * @typedef {{tags: [string, string], record: string, signatures: string, data: Uint8Array}} Leaf what the log says of a record
 * @typedef {{ledger: string, operator: string, origin: string, rules: string, data: Uint8Array}} Genesis entry 0 of a log
 * @typedef {{checkpoint: string, genesis: Genesis, genesisPath: Uint8Array[], entries: Entry[], where: string, depth: number | null}} Evidence
 *   a checkpoint, and records under it in ascending order; with a `depth`, what lies beyond so many records is left out
 * @typedef {{text: string, alg: string, did: string, thumbprint: string, signature: Uint8Array, credential: any, trust: Evidence, subject: any}} Report
 *   a sealed report, its signature not yet verified
 * @typedef {{report?: Report, evidence?: Evidence, isLog?: boolean}} Read a report; with evidence, a bundle
 */

/** A record as evidence: where it stands in the log, and how that is proven. Nothing is verified yet. */
export class Entry {
  /** @param {number} index @param {Leaf} leaf @param {Uint8Array[]} path @param {Envelope} envelope @param {string} where */
  constructor(index, leaf, path, envelope, where) {
    this.index = index;
    this.leaf = leaf;
    this.path = path;
    this.envelope = envelope;
    this.where = where;
  }

  /** The record's id. */
  get id() {
    return this.envelope.recordId;
  }

  toString() {
    return `${this.where} (index ${this.index}, ${this.id})`;
  }
}

/** @returns {never} */
function refuse(sentence) {
  throw new VerificationError(sentence);
}

/**
 * The report or bundle that some bytes are, or `isLog` for the export of a log. Not checked: anything that they claim.
 * @param {Uint8Array} data
 * @returns {Read}
 * @throws {VerificationError} they are none of these; the sentence says where it shows
 */
export function readFile(data) {
  if (data[0] !== 0x7b) return { report: parseReport(data) };
  const top = parsed(data, "this file");
  if ("credentialSubject" in top) {
    refuse("this is a decoded credential, which carries no signature: the signed report is the .jwt file");
  }
  if ("report" in top) {
    const names = ["evidence", "report", "v"];
    exactly(top, "depth" in top ? ["depth", ...names] : names, "the bundle");
    checkVersion(top);
    const text = textOf(top, "report", "the bundle");
    const evidence = { ...evidenceOf(top.evidence, "evidence"), depth: depthOf(top) };
    return { report: parseReport(utf8(text), "report"), evidence };
  }
  exactly(top, ["evidence", "v"], "the log export");
  checkVersion(top);
  checkLog(top.evidence);
  return { isLog: true };
}

/** Whether the export of a log looks like one, as far as that is said before anything else. */
function checkLog(value) {
  const evidence = objectOf(value, "evidence");
  exactly(evidence, ["checkpoint", "genesis", "records"], "evidence");
  const first = objectOf(evidence.genesis, "evidence.genesis");
  exactly(first, ["leaf"], "evidence.genesis");
  genesisOf(first.leaf, "evidence.genesis.leaf");
  textOf(evidence, "checkpoint", "evidence");
  listOf(evidence.records, "evidence.records");
}

/**
 * The report that a compact JWS is. Not checked: its signature, and all that it says.
 * @param {Uint8Array} data
 * @param {string} [where]
 * @returns {Report}
 * @throws {VerificationError}
 */
export function parseReport(data, where = "the report") {
  const odd = data.findIndex((byte) => byte > 127);
  if (odd >= 0) refuse(`${where} is no file of ours: byte ${odd} is not the text of a report or a bundle`);
  const text = fromUtf8(data) ?? "";
  const parts = text.split(".");
  if (parts.length !== 3) {
    refuse(`${where} is no file of ours: neither a report (three parts with dots) nor a bundle`);
  }
  const header = parsed(decoded(parts[0], `${where}, header`), `${where}, header`);
  exactly(header, ["alg", "kid", "typ"], `${where}, header`);
  const [alg, kid] = [textOf(header, "alg", where), textOf(header, "kid", where)];
  const sign = kid.indexOf("#");
  const did = sign < 0 ? kid : kid.slice(0, sign);
  if (header.typ !== TYP || !ALGORITHMS.includes(alg) || !did.startsWith("did:") || sign < 0) {
    refuse(`${where}, header: expected typ "${TYP}", one of our algorithms, and a kid <did>#<key>`);
  }
  const credential = parsed(decoded(parts[1], `${where}, payload`), `${where}, payload`);
  const subject = credential.credentialSubject;
  if (!isObject(subject)) refuse(`${where}, payload: expected an object credentialSubject`);
  const trust = evidenceOf(credential.trust, "trust");
  const signature = decoded(parts[2], `${where}, signature`);
  return { text, alg, did, thumbprint: kid.slice(sign + 1), signature, credential, trust, subject };
}

/** @returns {Evidence} */
function evidenceOf(value, where) {
  const evidence = objectOf(value, where);
  exactly(evidence, ["checkpoint", "genesis", "records"], where);
  const first = objectOf(evidence.genesis, `${where}.genesis`);
  exactly(first, ["leaf", "path"], `${where}.genesis`);
  const records = listOf(evidence.records, `${where}.records`);
  const entries = records.map((record, place) => entryOf(record, `${where}.records[${place}]`));
  let last = 0;
  for (const entry of entries) {
    if (entry.index <= last) {
      refuse(`${entry.where}: index ${entry.index} after ${last}, but records ascend, each once`);
    }
    last = entry.index;
  }
  const checkpoint = textOf(evidence, "checkpoint", where);
  const genesis = genesisOf(first.leaf, `${where}.genesis.leaf`);
  return { checkpoint, genesis, genesisPath: pathOf(first.path, `${where}.genesis`), entries, where, depth: null };
}

/** @returns {Entry} */
function entryOf(value, where) {
  const members = objectOf(value, where);
  exactly(members, ["envelope", "index", "leaf", "path"], where);
  const { index } = members;
  if (typeof index !== "number" || index < 1) refuse(`${where}.index: expected a number from 1 on, of at most 2^53-1`);
  const leaf = leafOf(members.leaf, where);
  const path = pathOf(members.path, where);
  return new Entry(index, leaf, path, envelopeOf(members.envelope, where), where);
}

/** @returns {Envelope} */
function envelopeOf(value, where) {
  try {
    return parseEvidenceEnvelope(value);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const [first] = error.violations;
    return refuse(`${where}.envelope${first.member ? `.${first.member}` : ""}: ${first.sentence}`);
  }
}

/** @returns {Leaf} */
function leafOf(value, where) {
  if (!isObject(value) || Object.keys(value).length !== 4 || value.t !== LEAF_VERSION) {
    refuse(`${where}.leaf: expected exactly "c", "r", "s" and "t", which is "${LEAF_VERSION}"`);
  }
  const { c, r, s } = value;
  if (!Array.isArray(c) || c.length !== 2 || ![...c, r, s].every(isDigest)) {
    refuse(`${where}.leaf: expected two tags and two digests`);
  }
  return { tags: c, record: r, signatures: s, data: canonicalBytes(value) };
}

/** @returns {Genesis} */
function genesisOf(value, where) {
  const members = objectOf(value, where);
  const names = ["ledger", "operator", "origin", "rules", "t"];
  exactly(members, "prev" in members ? [...names, "prev"] : names, where);
  const { operator, rules } = members;
  if (members.t !== GENESIS_VERSION || !isDigest(operator) || !isDigest(rules)) {
    refuse(`${where}: this is not the first entry of a log`);
  }
  const [ledger, origin] = [textOf(members, "ledger", where), textOf(members, "origin", where)];
  return { ledger, operator, origin, rules, data: canonicalBytes(members) };
}

/** @returns {Uint8Array[]} */
function pathOf(value, where) {
  const sentence = `${where}.path: expected hashes in base64url`;
  return listOf(value, `${where}.path`).map((each) => {
    if (typeof each !== "string") refuse(sentence);
    try {
      return unb64u(each);
    } catch (error) {
      if (error instanceof ValueFault) refuse(sentence);
      throw error;
    }
  });
}

/** @returns {number | null} */
function depthOf(members) {
  if (!("depth" in members)) return null;
  const { depth } = members;
  if (typeof depth !== "number" || depth < 0) refuse("the bundle, depth: expected a number from 0 on, of at most 2^53-1");
  return depth;
}

function parsed(data, where) {
  let value;
  try {
    value = parseCanonical(data, DEPTH);
  } catch (error) {
    if (!(error instanceof ValueFault)) throw error;
    refuse(`${where}: ${error.message}${nearByte(data, error)}`);
  }
  return objectOf(value, where);
}

/** @returns {Uint8Array} */
function decoded(text, where) {
  try {
    return unb64u(text);
  } catch (error) {
    if (!(error instanceof ValueFault)) throw error;
    return refuse(`${where}: ${error.message}`);
  }
}

function checkVersion(top) {
  if (top.v !== BUNDLE_VERSION) refuse(`v: expected "${BUNDLE_VERSION}"`);
}

function objectOf(value, where) {
  return isObject(value) ? value : refuse(`${where}: expected an object`);
}

/** @returns {any[]} */
function listOf(value, where) {
  return Array.isArray(value) ? value : refuse(`${where}: expected a list`);
}

/** @returns {string} */
function textOf(members, name, where) {
  return typeof members[name] === "string" ? members[name] : refuse(`${where}.${name}: expected a text`);
}

/** @param {object} members @param {string[]} names @param {string} where */
function exactly(members, names, where) {
  const [unknown] = sorted(Object.keys(members).filter((name) => !names.includes(name)));
  const [missing] = sorted(names.filter((name) => !(name in members)));
  const said = [];
  if (unknown !== undefined) said.push(`the member ${unknown} is not known`);
  if (missing !== undefined) said.push(`${missing} is missing`);
  if (said.length > 0) refuse(`${where}: ${said.join(", ")}`);
}
