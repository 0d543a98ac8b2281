/**
 * The way from the report's batch up to everything that it was made of, by the names of batches alone
 * (ledger/bundle/graph.py). Every record of the evidence must be on the way, or bear on something that is.
 *
 * @typedef {{record: any, said: import("./partial.js").Story, index: number, id: string}} Node
 * @typedef {{batch: string, index: number, sold: boolean}} Sale
 */

import { splitBatchId } from "../base64url.js";
import { VerificationError } from "../errors.js";
import { isObject } from "../json.js";
import { DATA } from "./data.js";
import { readStory } from "./partial.js";

const TRUST = new Set(["organization", "admission", "key"]);
const ABOUT = new Set(["facility", "certificate", "inquiry", "rules", "adjust"]);
const DISPOSED_BY_SALE = new Set(DATA.vocabulary.disposed_by_sale);
const LAST = 2 ** 53;

/** Making records by id, in the order of the log; sales by batch; the batches that lead to the subject. */
export class Graph {
  /** @param {string} subject */
  constructor(subject) {
    this.subject = subject;
    /** @type {Map<string, Node>} */
    this.nodes = new Map();
    /** @type {Map<string, Sale[]>} */
    this.sales = new Map();
    /** @type {Set<string>} */
    this.batches = new Set();
    /** @type {Map<string, number>} where each record of the evidence stands in the log */
    this.indexes = new Map();
    /** @type {Set<string>} batches whose making lies beyond the depth of the bundle */
    this.beyond = new Set();
    /** @type {string[]} where the evidence withholds what something was made of */
    this.hidden = [];
  }

  /**
   * Whether a batch was sold, and received, before an index.
   * @param {string} batch
   * @param {number} index
   */
  soldBefore(batch, index) {
    return (this.sales.get(batch) ?? []).some((sale) => sale.sold && sale.index < index);
  }
}

/**
 * Follow the subject upstream, and place every record of the evidence.
 *
 * Promised: every batch that is named has its making record here, at an earlier index, with an output of that number;
 * no record is here without bearing on the subject, or being cited by the report. Not checked: what masses show.
 * @param {any[]} records - opened entries, in the order of the log
 * @param {string} subject
 * @param {Set<string>} cited
 * @param {boolean} limited - by depth: what a missing record made counts as withheld
 * @param {boolean} audited - rule sets bear on it
 * @returns {Graph}
 */
export function readGraph(records, subject, cited, limited, audited) {
  const graph = new Graph(subject);
  /** @type {Map<string, Node>} */
  const making = new Map();
  const receipts = [];
  const others = [];
  for (const record of records) {
    const { id, index } = record.entry;
    graph.indexes.set(id, index);
    const said = readStory(record.entry, record.opened);
    if (said === null) {
      if (!TRUST.has(record.type)) others.push(record);
    } else if (said.type === "receive") {
      receipts.push({ record, said });
    } else {
      making.set(id, { record, said, index, id });
    }
  }
  climb(graph, making, limited);
  const used = custody(graph, making, receipts);
  for (const id of graph.nodes.keys()) used.add(id);
  const bears = bearing(graph, used, audited);
  const loose = [
    ...[...making.values()].map((node) => node.record).filter((record) => !used.has(record.entry.id)),
    ...receipts.map(({ record }) => record).filter((record) => !used.has(record.entry.id)),
    ...others.filter((record) => !cited.has(record.entry.id) && !bears(record)),
  ];
  if (loose.length > 0) {
    const first = loose.reduce((one, other) => (other.entry.index < one.entry.index ? other : one));
    throw new VerificationError(`${first.entry}: this ${first.type} record does not bear on the report's batch`);
  }
  graph.nodes = new Map([...graph.nodes].sort((a, b) => a[1].index - b[1].index));
  return graph;
}

/**
 * Mark every batch and record upstream of the subject.
 * @param {Graph} graph
 * @param {Map<string, Node>} making
 * @param {boolean} limited
 */
function climb(graph, making, limited) {
  const waiting = [{ name: graph.subject, why: "the report's batch", index: LAST }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { name, why, index } = next;
    if (graph.beyond.has(name)) continue;
    const [madeBy, place] = splitBatchId(name);
    if (graph.batches.has(name)) {
      if (/** @type {Node} */ (graph.nodes.get(madeBy)).index >= index) throw later(why, name);
      continue;
    }
    const node = making.get(madeBy);
    if (node === undefined && limited && name !== graph.subject) {
      graph.batches.add(name);
      graph.beyond.add(name);
      graph.hidden.push(`${name}, which is beyond the depth of this bundle`);
      continue;
    }
    if (node === undefined) {
      throw new VerificationError(`${why}: the record that made ${name} is missing from the evidence`);
    }
    if (node.index >= index) throw later(why, name);
    if (place >= places(node.said)) {
      throw new VerificationError(`${node.record.entry}: it has no output ${place}, which ${why} names`);
    }
    graph.batches.add(name);
    const firstTime = !graph.nodes.has(madeBy);
    graph.nodes.set(madeBy, node);
    if (firstTime || node.said.type === "transfer") {
      for (const [up, member] of madeOf(node, place, graph)) {
        waiting.push({ name: up, why: `${node.record.entry}, ${member}`, index: node.index });
      }
    }
  }
}

/**
 * @param {string} why
 * @param {string} name
 */
function later(why, name) {
  return new VerificationError(`${why}: the record that made ${name} comes later in the log`);
}

/** @param {any} said */
function places(said) {
  const listed = said.type === "transfer" ? said.batches : said.outputs;
  return listed === null ? 10_000 : listed.length; // how many there are may be withheld
}

/**
 * The batches that one was made of, with the member that names each; what is withheld is noted.
 * @param {Node} node
 * @param {number} place
 * @param {Graph} graph
 * @returns {[string, string][]}
 */
function madeOf(node, place, graph) {
  const said = /** @type {any} */ (node.said);
  if (said.type === "source") return [];
  const name = said.type === "process" ? "inputs" : "batches";
  const listed = said[name];
  if (listed === null) {
    graph.hidden.push(`${node.record.entry}, ${name}`);
    return [];
  }
  /** @type {[string, string][]} */
  const made = [];
  listed.forEach((/** @type {any} */ link, /** @type {number} */ number) => {
    if (said.type === "transfer" && number !== place) return;
    if (link === null || link.batch === null) graph.hidden.push(`${node.record.entry}, ${name}[${number}]`);
    else made.push([link.batch, `${name}[${number}]`]);
  });
  return made;
}

/**
 * Note who sold what; returns the records of transfer and receipt that concern batches on the way.
 * @param {Graph} graph
 * @param {Map<string, Node>} making
 * @param {{record: any, said: any}[]} receipts
 * @returns {Set<string>}
 */
function custody(graph, making, receipts) {
  const used = new Set();
  for (const { record, said } of receipts) {
    const transfer = making.get(said.transfer ?? "");
    if (transfer === undefined || transfer.said.type !== "transfer" || transfer.index >= record.entry.index) {
      throw new VerificationError(`${record.entry}, transfer: the transfer that it receives is missing`);
    }
    const { batches, terms } = /** @type {any} */ (transfer.said);
    const offered = offeredBy(transfer.id, batches ?? []);
    const taken = (said.accepted ?? []).map((/** @type {any} */ link) => link?.batch ?? null).filter(Boolean);
    const whole = batches !== null && !batches.includes(null);
    if (whole && !taken.every((/** @type {string} */ batch) => offered.has(batch))) {
      throw new VerificationError(`${record.entry}, accepted: it takes a batch that the transfer does not offer`);
    }
    const sold = DISPOSED_BY_SALE.has(terms ?? "sale");
    for (const batch of taken.filter((/** @type {string} */ each) => graph.batches.has(each))) {
      graph.sales.set(batch, [...(graph.sales.get(batch) ?? []), { batch, index: record.entry.index, sold }]);
      used.add(record.entry.id).add(transfer.id);
    }
  }
  return used;
}

/**
 * The batches that a transfer may offer: those it names, and parts of them under their new names.
 * @param {string} id
 * @param {({batch: string | null} | null)[]} batches
 */
function offeredBy(id, batches) {
  const named = batches.map((link) => link?.batch ?? null).filter((batch) => batch !== null);
  return new Set([...named, ...batches.map((_, place) => `${id}#${place}`)]);
}

/**
 * Whether a facility, certificate, inquiry, adjustment or rule set has to do with the subject's story.
 * @param {Graph} graph
 * @param {Set<string>} used
 * @param {boolean} audited
 * @returns {(record: any) => boolean}
 */
function bearing(graph, used, audited) {
  const facilities = new Set();
  const openers = new Set();
  for (const { record } of graph.nodes.values()) {
    facilities.add(record.opened.get("facility"));
    for (const chain of record.chains) openers.add(chain.openedBy.id);
  }
  const concerned = (/** @type {any} */ name) =>
    typeof name === "string" &&
    (used.has(name) || graph.batches.has(name) || openers.has(name) || facilities.has(name));
  return (record) => {
    if (!ABOUT.has(record.type)) return false;
    if (record.type === "rules") return audited;
    if (record.type === "facility") return facilities.has(record.entry.id);
    const member = { certificate: "subject", inquiry: "about" }[/** @type {string} */ (record.type)] ?? "batch";
    const about = record.opened.get(member);
    return (isObject(about) ? Object.values(about) : [about]).some(concerned);
  };
}

/**
 * For each record the batches that no later one takes anything of; the subject is never among them.
 * @param {Graph} graph
 * @returns {Map<string, string[]>}
 */
export function lastTaken(graph) {
  /** @type {Map<string, string>} */
  const last = new Map();
  for (const node of graph.nodes.values()) {
    const said = /** @type {any} */ (node.said);
    const links = (said.type === "source" ? null : said.type === "transfer" ? said.batches : said.inputs) ?? [];
    for (const link of links) if (link?.batch) last.set(link.batch, node.id);
  }
  last.delete(graph.subject);
  /** @type {Map<string, string[]>} */
  const done = new Map();
  for (const [batch, record] of last) done.set(record, [...(done.get(record) ?? []), batch]);
  return done;
}
