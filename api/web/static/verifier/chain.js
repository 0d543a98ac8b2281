// An issuer's chain, and a record of it, as evidence shows them.

import { statusTag } from "./leaf.js";

/**
 * @typedef {import("./format.js").Entry} Entry
 * @typedef {import("./keys.js").KeySet} KeySet
 * @typedef {import("./disclosure.js").Opened} Opened
 */

/** An issuer's chain as the evidence shows it; `keys` are those in force after the record looked at last. */
export class Chain {
  /** @param {Entry} openedBy @param {unknown} use @param {KeySet} keys @param {string | null} id */
  constructor(openedBy, use, keys, id) {
    this.openedBy = openedBy;
    this.use = use;
    this.keys = keys;
    this.id = id;
    this.standing = "admitted";
    this.changes = 0;
    this.records = 0;
    /** Index of each `compromised` record, and its `since` where that is disclosed. @type {[number, unknown][]} */
    this.compromised = [];
  }

  /** The tag of the next record that changes this chain's standing. */
  get nextTag() {
    return statusTag(this.openedBy.envelope.payload, this.changes);
  }
}

/** A record of the evidence, opened as far as it is disclosed, and the chains that may have issued it. */
export class OpenedEntry {
  /** @param {Entry} entry @param {Opened} opened @param {Chain[]} chains */
  constructor(entry, opened, chains) {
    this.entry = entry;
    this.opened = opened;
    this.chains = chains;
  }

  /** The record's type, which stands in the clear. @returns {string} */
  get type() {
    return this.entry.envelope.claims.type;
  }
}
