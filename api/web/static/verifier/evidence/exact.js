/**
 * An auditor's replay of a batch's story: milligrams wherever the records upstream are wholly disclosed to him
 * (ledger/bundle/exact.py). Not checked: what other records take of the same batches.
 *
 * @typedef {import("./graph.js").Graph} Graph
 * @typedef {import("./graph.js").Node} Node
 * @typedef {import("./making.js").Batch} Batch
 * @typedef {import("./making.js").Taken} Taken
 */

import { breathe } from "../breathe.js";
import { Opened, WITHHELD } from "../disclosure.js";
import { VerificationError } from "../errors.js";
import { lastTaken } from "./graph.js";
import { madeBy } from "./making.js";
import { firstBroken } from "./massrules.js";
import { readRecord } from "./records.js";
import { SECONDARY_MATERIALS } from "./routes.js";

/**
 * Every batch on the way that can be computed in milligrams; `rulesAt` gives the rule set in force at an index.
 * @param {Graph} graph
 * @param {(index: number) => any} rulesAt
 * @returns {Promise<{batches: Map<string, Batch>, records: number}>}
 * @throws {VerificationError} a record breaks a rule of mass
 */
export async function replayMasses(graph, rulesAt) {
  /** @type {Map<string, Batch>} */
  const batches = new Map();
  /** @type {Map<string, bigint>} */
  const left = new Map();
  const done = lastTaken(graph);
  let records = 0;
  for (const node of graph.nodes.values()) {
    await breathe();
    const doubted = node.record.chains.some((/** @type {any} */ chain) => chain.compromised.length > 0);
    if (doubted || !whollyDisclosed(node.record.opened)) continue;
    const record = readRecord(node);
    const taken = takenBy(node, record, graph, batches);
    if (taken === null) continue;
    const facts = { record, id: node.id, taken, rules: rulesAt(node.index) };
    const wrong = firstBroken(facts);
    if (wrong !== null) throw new VerificationError(`${node.record.entry}, ${wrong[0]}: ${wrong[1]}`);
    consume(node, taken, left);
    for (const batch of madeBy(facts)) {
      batches.set(batch.id, batch);
      left.set(batch.id, batch.mass);
    }
    for (const batch of done.get(node.id) ?? []) batches.delete(batch); // nobody asks for it again
    records += 1;
  }
  const subject = batches.get(graph.subject);
  if (subject !== undefined) batches.set(graph.subject, asTaken(subject, Number.MAX_SAFE_INTEGER, graph));
  return { batches, records };
}

/**
 * Whether nothing of an opened record is withheld.
 * @param {any} value
 * @returns {boolean}
 */
function whollyDisclosed(value) {
  if (value instanceof Opened) return value.withheld === 0 && [...value.values()].every(whollyDisclosed);
  if (Array.isArray(value)) return value.every(whollyDisclosed);
  return value !== WITHHELD;
}

/**
 * What a record takes, or null where a batch of it is not exact.
 * @param {Node} node
 * @param {any} record
 * @param {Graph} graph
 * @param {Map<string, Batch>} batches
 * @returns {Taken[] | null}
 */
function takenBy(node, record, graph, batches) {
  if (record.type === "source") return [];
  const name = record.type === "process" ? "inputs" : "batches";
  /** @type {Taken[]} */
  const taken = [];
  for (const [place, entry] of record[name].entries()) {
    const batch = batches.get(entry.batch);
    if (batch === undefined && (record.type !== "transfer" || graph.batches.has(entry.batch))) return null;
    taken.push({
      member: `${name}[${place}].batch`,
      name: entry.batch,
      mass: entry.mass_mg === null ? null : BigInt(entry.mass_mg),
      batch: batch === undefined ? null : asTaken(batch, node.index, graph),
    });
  }
  return taken;
}

/**
 * A batch as it counts at an index: scrap that was sold before is pre-consumer.
 * @param {Batch} batch
 * @param {number} index
 * @param {Graph} graph
 * @returns {Batch}
 */
function asTaken(batch, index, graph) {
  const sold = (graph.sales.get(batch.id) ?? []).filter((sale) => sale.sold && sale.index < index);
  if (sold.length === 0 || !SECONDARY_MATERIALS.has(batch.material)) return batch;
  return { ...batch, secondaryAt: Math.min(...sold.map((sale) => sale.index)) };
}

/**
 * @param {Node} node
 * @param {Taken[]} taken
 * @param {Map<string, bigint>} left
 */
function consume(node, taken, left) {
  for (const { member, name, mass, batch } of taken) {
    if (batch === null || mass === null) continue;
    const rest = /** @type {bigint} */ (left.get(name)) - mass;
    if (rest < 0n) {
      throw new VerificationError(`${node.record.entry}, ${member}: of ${name} more is taken than was made`);
    }
    left.set(name, rest);
  }
}
