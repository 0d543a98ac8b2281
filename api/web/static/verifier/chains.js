// Which keys spoke for which chain at which index, told by the evidence alone; and every signature verified under them
// (ledger/bundle/chains.py). Records that change a chain's standing carry a tag in their leaf: so each is assigned to its
// chain by the log itself, and none before it can be left out.

import { breathe } from "./breathe.js";
import { Chain, OpenedEntry } from "./chain.js";
import { openRecord } from "./disclosure.js";
import { VerificationError } from "./errors.js";
import { isObject } from "./json.js";
import { checkStrong, keySet, kidsOf } from "./keys.js";
import { chainTag, fillerTag } from "./leaf.js";
import { toldOf, verifySigned } from "./signed.js";
import { cut, sorted } from "./text.js";

const ADMISSIONS = ["admit", "suspend", "end"];
const KEY_CHANGES = ["rotate", "compromised", "retire"];

/**
 * @typedef {import("./format.js").Entry} Entry
 * @typedef {import("./format.js").Evidence} Evidence
 * @typedef {import("./keys.js").KeySet} KeySet
 * @typedef {import("./disclosure.js").Opened} Opened
 * @typedef {{operator: Chain, all: Chain[], records: OpenedEntry[], signatures: number, reporters: Chain[]}} Chains
 *   all chains of the evidence, and its records in order; `reporters` are the operator's chains that sign reports
 */

/**
 * Go through the evidence in the order of the log, and verify every record under the keys in force at its index.
 * @param {Evidence} evidence
 * @returns {Promise<Chains>}
 * @throws {VerificationError} the sentence names the record and its index
 */
export async function follow(evidence) {
  const walk = new Walk(evidence);
  let fault = null;
  for (const entry of evidence.entries) {
    try {
      walk.take(entry);
    } catch (error) {
      fault = toldOf(entry, error);
      break;
    }
    await breathe();
  }
  for (const [entry, sets] of walk.signed) {
    await verifySigned(entry, sets);
    await breathe();
  }
  if (fault !== null) throw fault;
  return walk.done();
}

/** The state of `follow`. */
class Walk {
  /** @param {Evidence} evidence */
  constructor(evidence) {
    this.genesis = evidence.genesis;
    this.where = evidence.where;
    /** @type {Chain | null} */
    this.operator = null;
    /** @type {Chain[]} */
    this.chains = [];
    /** @type {Map<string, Chain[]>} */
    this.byKids = new Map();
    /** @type {Map<string, Chain>} */
    this.byTag = new Map();
    /** @type {Map<string, Chain>} */
    this.byRecord = new Map();
    this.admitted = new Set();
    this.operators = new Set([this.genesis.operator]);
    /** @type {OpenedEntry[]} */
    this.records = [];
    this.signatures = 0;
    /** @type {[Entry, KeySet[]][]} */
    this.signed = [];
    this.places = new Map();
  }

  /** @returns {Chains} */
  done() {
    if (this.operator === null) {
      throw new VerificationError(`${this.where}: the operator's record at index 1 is missing`);
    }
    const exempt = (chain) => chain === this.operator || chain.use === "report";
    const idle = this.chains.find((chain) => chain.records === 0 && !exempt(chain));
    if (idle) throw new VerificationError(`${idle.openedBy}: no record of this chain is here: it is not used`);
    const [unused] = sorted([...this.admitted].filter((record) => !this.byRecord.has(record)));
    if (unused !== undefined) throw new VerificationError(`${this.where}: the admission of ${unused} is not used`);
    const reporters = this.chains.filter((chain) => chain.use === "report");
    const { operator, chains: all, records, signatures } = this;
    return { operator, all, records, signatures, reporters };
  }

  /** @param {Entry} entry */
  take(entry) {
    const { claims } = entry.envelope;
    if (claims.log !== this.genesis.ledger) {
      throw new VerificationError(`${entry}: it is a record of the ledger ${cut(claims.log, 80)}`);
    }
    const opened = openRecord(entry.envelope);
    this.signatures += entry.envelope.signatures.length;
    let chains;
    if (claims.type === "organization") chains = [this.open(entry, opened)];
    else if (claims.type === "key") chains = [this.changeKeys(entry, opened)];
    else if (claims.type === "admission") chains = [this.admit(entry, opened)];
    else {
      chains = this.issuers(entry, opened);
      this.signed.push([entry, [chains[0].keys]]);
      for (const chain of chains) chain.records += 1;
    }
    this.checkPlace(entry, opened, chains);
    this.records.push(new OpenedEntry(entry, opened, chains));
  }

  /** @param {Entry} entry @param {Opened} opened */
  open(entry, opened) {
    if ((entry.index === 1) !== (entry.id === this.genesis.operator)) {
      throw new VerificationError(`${entry}: index 1 is the operator's record, which genesis names, and nothing else`);
    }
    if (entry.index > 1 && !this.admitted.has(entry.id)) {
      throw new VerificationError(`${entry}: no admission by the operator comes before it`);
    }
    const keys = keySet(opened.get("keys"));
    checkStrong(keys);
    this.signed.push([entry, [keys]]);
    const place = opened.get("chain");
    const id = isObject(place) && typeof place.id === "string" ? place.id : null;
    const chain = new Chain(entry, opened.get("use"), keys, id);
    if (entry.index === 1) this.operator = chain;
    this.chains.push(chain);
    this.byRecord.set(entry.id, chain);
    this.speaksFor(keys, chain);
    this.byTag.set(chain.nextTag, chain);
    return chain;
  }

  /** @param {KeySet} keys @param {Chain} chain */
  speaksFor(keys, chain) {
    this.byKids.set(keys.kids, [...(this.byKids.get(keys.kids) ?? []), chain]);
  }

  /** @param {Entry} entry @param {Opened} opened */
  changeKeys(entry, opened) {
    const chain = this.ofTag(entry);
    const change = opened.get("op");
    if (chain.standing !== "admitted" && !(chain.standing === "suspended" && change === "compromised")) {
      throw new VerificationError(`${entry}: its chain is ${chain.standing} at this index`);
    }
    if (!KEY_CHANGES.includes(change) || (change === "retire") === opened.has("keys")) {
      throw new VerificationError(`${entry}, op: this is no change of keys that we know`);
    }
    const sets = [chain.keys];
    if (change !== "retire") {
      sets.push(keySet(opened.get("keys")));
      checkStrong(sets[1]);
    }
    this.signed.push([entry, sets]);
    const { kids } = chain.keys;
    this.byKids.set(kids, this.byKids.get(kids).filter((other) => other !== chain));
    if (change === "retire") {
      chain.standing = "retired";
    } else {
      [, chain.keys] = sets;
      this.speaksFor(chain.keys, chain);
    }
    if (change === "compromised") chain.compromised.push([entry.index, opened.get("since")]);
    this.countChange(chain);
    return chain;
  }

  /** @param {Entry} entry @param {Opened} opened */
  admit(entry, opened) {
    const { operator } = this;
    if (operator === null) throw new VerificationError(`${entry}: the operator's record at index 1 is missing`);
    this.signed.push([entry, [operator.keys]]);
    if (operator.standing !== "admitted") {
      throw new VerificationError(`${entry}: the operator's keys are ${operator.standing} at this index`);
    }
    const [change, record] = [opened.get("op"), opened.get("record")];
    if (!ADMISSIONS.includes(change) || typeof record !== "string") {
      throw new VerificationError(`${entry}: what it admits, suspends or ends is not disclosed`);
    }
    const chain = this.byRecord.get(record);
    if (change === "admit") {
      if (chain === undefined) {
        this.admitted.add(record);
        if (opened.get("organization") === this.genesis.operator) this.operators.add(record);
      } else if (chain.standing === "suspended") {
        chain.standing = "admitted";
      }
      return operator;
    }
    if (chain === undefined || this.ofTag(entry) !== chain) {
      throw new VerificationError(`${entry}: the record whose chain it ${change}s is not here`);
    }
    chain.standing = change === "suspend" ? "suspended" : "ended";
    this.countChange(chain);
    return operator;
  }

  /** The chain whose standing a record changes, by the tag in its leaf. @param {Entry} entry */
  ofTag(entry) {
    const found = entry.leaf.tags.filter((tag) => this.byTag.has(tag));
    if (found.length !== 1) {
      throw new VerificationError(`${entry}: no chain that is here comes to this change of its standing next`);
    }
    return this.byTag.get(found[0]);
  }

  /** @param {Chain} chain */
  countChange(chain) {
    this.byTag.delete(chain.nextTag);
    chain.changes += 1;
    this.byTag.set(chain.nextTag, chain);
  }

  /** The chains whose key set in force is the one that has signed. @param {Entry} entry @param {Opened} opened */
  issuers(entry, opened) {
    let chains = this.byKids.get(kidsOf(entry.envelope.signatures)) ?? [];
    const place = opened.get("chain");
    if (isObject(place) && chains.length > 1) {
      chains = chains.filter((chain) => chain.id === null || chain.id === place.id);
    }
    if (chains.length === 0) {
      throw new VerificationError(`${entry}: it is not signed by a key set that is in force at its index`);
    }
    const standing = chains.filter((chain) => chain.standing === "admitted");
    if (standing.length === 0) {
      throw new VerificationError(`${entry}: its chain is ${chains[0].standing} at this index`);
    }
    const rules = entry.envelope.claims.type === "rules";
    if (rules && !standing.some((chain) => this.operators.has(chain.openedBy.id))) {
      throw new VerificationError(`${entry}: only the operator issues rules`);
    }
    return standing;
  }

  /** Where the place in the chain is disclosed: it is the leaf's, nobody else has it, and prev fits. */
  checkPlace(entry, opened, chains) {
    if (!opened.has("chain")) return;
    const place = opened.get("chain");
    if (!isObject(place) || typeof place.id !== "string" || typeof place.seq !== "number") {
      throw new VerificationError(`${entry}, chain: expected id and seq`);
    }
    const { id, seq } = place;
    if (!entry.leaf.tags.includes(chainTag(id, seq))) {
      throw new VerificationError(`${entry}, chain: the leaf is tagged with another place in a chain`);
    }
    const changes = ["key", "admission"].includes(entry.envelope.claims.type);
    if (!changes && !entry.leaf.tags.includes(fillerTag(id, seq))) {
      throw new VerificationError(`${entry}, chain: the leaf says that it changes the standing of a record`);
    }
    if (chains.every((chain) => chain.id !== null && chain.id !== id)) {
      throw new VerificationError(`${entry}, chain: the key set that signed speaks for another chain`);
    }
    const at = (number) => JSON.stringify([id, number]);
    if (!this.places.has(at(seq))) this.places.set(at(seq), entry.id);
    if (this.places.get(at(seq)) !== entry.id) {
      throw new VerificationError(`${entry}, chain: two records have the number ${seq} of one chain`);
    }
    const before = this.places.get(at(seq - 1));
    if (before !== undefined && place.prev !== before) {
      throw new VerificationError(`${entry}, chain.prev: expected ${before}`);
    }
  }
}
