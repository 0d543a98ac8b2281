// Whom a verifier trusts: a pinned policy file (C2SP tlog-policy), as in ledger/log/policy.py.
//
// A policy is only ever one that the verifier had before: one inside a file under test is never used.

import { openCheckpoint } from "./checkpoint.js";
import { ConfigError, PolicyUnmet, ValueFault } from "./errors.js";
import { COSIGN_ED25519, COSIGN_MLDSA44, ED25519, parseVkey } from "./note.js";
import { cut, fromUtf8, sameBytes } from "./text.js";

const NONE = "none";
const LOG_KINDS = [ED25519, COSIGN_MLDSA44];
const WITNESS_KINDS = [COSIGN_ED25519, COSIGN_MLDSA44];
/** Logs, witnesses and groups that a policy may have, each. */
const MOST = 256;
const FORBIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f]/;
const THRESHOLD = /^[1-9][0-9]{0,3}$/;

/**
 * A checkpoint that meets a policy: which log signed it, and which of the policy's witnesses, with their times.
 * @typedef {import("./note.js").NoteKey} NoteKey
 * @typedef {{checkpoint: import("./checkpoint.js").Checkpoint, log: NoteKey, witnesses: Map<string, bigint>}} Approval
 */

/** Logs, witnesses, groups, and the quorum that must have signed. */
export class Policy {
  constructor() {
    /** @type {NoteKey[]} */
    this.logs = [];
    /** @type {Map<string, NoteKey>} */
    this.witnesses = new Map();
    /** @type {Map<string, {threshold: number, members: string[]}>} */
    this.groups = new Map();
    /** @type {string | null} */
    this.quorum = null;
  }

  /**
   * The checkpoint of a note, if this policy trusts it.
   * @param {string} note
   * @returns {Promise<Approval>}
   * @throws {VerificationError}
   */
  async evaluate(note) {
    const [checkpoint, signed] = await openCheckpoint(note, [...this.logs, ...this.witnesses.values()]);
    const proven = (key) => signed.find((each) => each.key === key);
    const log = this.logs.find((key) => proven(key) && key.name === checkpoint.origin);
    if (log === undefined) {
      throw new PolicyUnmet(`no log that the policy trusts as ${checkpoint.origin} has signed the checkpoint`);
    }
    const witnesses = new Map();
    for (const [name, key] of this.witnesses) {
      const found = proven(key);
      if (found) witnesses.set(name, found.timestamp ?? 0n);
    }
    const missing = this.missing(this.quorum, witnesses);
    if (missing) throw new PolicyUnmet(`the checkpoint lacks what the policy demands: ${missing}`);
    return { checkpoint, log, witnesses };
  }

  /** Whether the logs alone, with all of their own keys, cannot meet the quorum. */
  get demandsWitness() {
    const logs = new Set(this.logs.map((key) => key.name));
    const own = [...this.witnesses].filter(([, key]) => logs.has(key.name));
    return this.missing(this.quorum, new Map(own)) !== "";
  }

  /** What a quorum lacks, in words; empty where it is met. @param {string} name @param {Map<string, unknown>} signed */
  missing(name, signed) {
    if (name === NONE || signed.has(name)) return "";
    const group = this.groups.get(name);
    if (group === undefined) return `the witness ${name}`;
    const lacking = group.members.map((member) => this.missing(member, signed)).filter((words) => words);
    const have = group.members.length - lacking.length;
    if (have >= group.threshold) return "";
    return lacking.length > 1 ? `${group.threshold - have} of (${lacking.join(", ")})` : lacking[0];
  }

  /** The keys of the log of this name: its own line's, and further ones under its name. @param {string} origin */
  keysOf(origin) {
    const line = this.logs.findLast((key) => key.name === origin);
    return line ? [line, ...[...this.witnesses.values()].filter((key) => key.name === origin)] : [];
  }
}

/**
 * Read a policy file strictly. Bytes that are no UTF-8 are shown escaped.
 * @param {Uint8Array} data
 * @returns {Policy}
 * @throws {ConfigError} the sentence names the line
 */
export function parsePolicy(data) {
  const text = fromUtf8(data) ?? escaped(data);
  if (FORBIDDEN.test(text)) {
    throw new ConfigError("malformed policy: control characters other than tab and newline are not allowed");
  }
  if (!text.endsWith("\n")) throw new ConfigError("malformed policy: its last line is cut short");
  const reader = new Reader();
  text.slice(0, -1).split("\n").forEach((line, at) => {
    const words = line.split(/[ \t]+/).filter((word) => word);
    if (words.length === 0 || words[0].startsWith("#")) return;
    try {
      reader.read(words);
    } catch (error) {
      if (!(error instanceof ValueFault)) throw error;
      throw new ConfigError(`malformed policy, line ${at + 1}: ${error.message}`);
    }
  });
  if (reader.policy.quorum === null) throw new ConfigError("malformed policy: there is no quorum line");
  return reader.policy;
}

/** Text of bytes in which each that belongs to no character is written as its number. @param {Uint8Array} data */
function escaped(data) {
  let text = "";
  for (let at = 0; at < data.length; ) {
    const size = [1, 2, 3, 4].find((count) => fromUtf8(data.subarray(at, at + count)) !== null);
    text += size ? fromUtf8(data.subarray(at, at + size)) : `\\x${data[at].toString(16).padStart(2, "0")}`;
    at += size ?? 1;
  }
  return text;
}

/** A text in quotes, as Python shows it. @param {string} text */
function quoted(text) {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  const shown = text.replaceAll("\\", "\\\\").replaceAll(mark, `\\${mark}`);
  return mark + shown.replace(/[\p{C}\p{Z}]/gu, (character) => (character === " " ? " " : numbered(character))) + mark;
}

/** A character that nobody sees, by its number. @param {string} character */
function numbered(character) {
  const number = character.codePointAt(0);
  const [mark, digits] = number < 0x100 ? ["x", 2] : number < 0x10000 ? ["u", 4] : ["U", 8];
  return `\\${mark}${number.toString(16).padStart(digits, "0")}`;
}

/** What the lines of a policy have defined so far. */
class Reader {
  constructor() {
    this.policy = new Policy();
    this.members = new Set();
  }

  /** @param {string[]} words */
  read(words) {
    const { logs, witnesses, groups } = this.policy;
    const [kind, name, ...rest] = words;
    const count = words.length;
    if (kind === "log" && (count === 2 || count === 3)) {
      logs.push(this.key(name, LOG_KINDS, logs));
    } else if (kind === "witness" && (count === 3 || count === 4)) {
      this.checkNew(name);
      witnesses.set(name, this.key(rest[0], WITNESS_KINDS, [...witnesses.values()]));
    } else if (kind === "group" && count >= 4) {
      this.checkNew(name);
      groups.set(name, this.group(rest[0], rest.slice(1)));
    } else if (kind === "quorum" && count === 2) {
      this.setQuorum(name);
    } else {
      const said = quoted(cut(words.join(" "), 60));
      throw new ValueFault(`expected a log, witness, group or quorum line, not ${said}`);
    }
    if (Math.max(logs.length, witnesses.size, groups.size) > MOST) {
      throw new ValueFault(`there are more than ${MOST} lines of this sort`);
    }
  }

  /** @param {string} vkey @param {number[]} kinds @param {NoteKey[]} others */
  key(vkey, kinds, others) {
    const key = parseVkey(vkey);
    if (!kinds.includes(key.kind)) throw new ValueFault(`a key of kind ${key.kind} cannot stand on this line`);
    if (others.some((other) => sameBytes(other.raw, key.raw))) throw new ValueFault("this public key is given twice");
    const all = [...this.policy.logs, ...this.policy.witnesses.values()];
    if (all.some((other) => other.name === key.name && other.id === key.id)) {
      throw new ValueFault("two keys share this name and key id");
    }
    return key;
  }

  /** @param {string} name */
  isDefined(name) {
    return this.policy.witnesses.has(name) || this.policy.groups.has(name);
  }

  /** @param {string} name */
  checkNew(name) {
    if (name === NONE || this.isDefined(name)) throw new ValueFault(`the name ${name} is taken`);
  }

  /** @param {string} threshold @param {string[]} members */
  group(threshold, members) {
    for (const member of members) {
      if (!this.isDefined(member)) throw new ValueFault(`${member} is not defined before this line`);
      if (this.members.has(member)) throw new ValueFault(`${member} is a member already; nobody counts twice`);
      this.members.add(member);
    }
    if (threshold === "any") return { threshold: 1, members };
    if (threshold === "all") return { threshold: members.length, members };
    if (!THRESHOLD.test(threshold) || Number(threshold) > members.length) {
      const said = cut(threshold, 20);
      throw new ValueFault(`expected any, all or a number from 1 to ${members.length}, not ${said}`);
    }
    return { threshold: Number(threshold), members };
  }

  /** @param {string} name */
  setQuorum(name) {
    if (this.policy.quorum !== null) throw new ValueFault("there is a quorum already");
    if (name !== NONE && !this.isDefined(name)) throw new ValueFault(`${name} is not defined before this line`);
    this.policy.quorum = name;
  }
}
