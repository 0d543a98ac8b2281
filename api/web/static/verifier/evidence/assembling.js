/**
 * Assemblies in the replay of shares: their parts keep their own routes (ledger/bundle/shares.py).
 *
 * @typedef {import("./shares.js").Replay} Replay
 * @typedef {import("./shares.js").Part} Part
 * @typedef {import("./shares.js").Lot} Lot
 * @typedef {import("./shares.js").Output} Output
 * @typedef {import("./graph.js").Node} Node
 * @typedef {import("./routes.js").Place} Place
 */

import { VerificationError } from "../errors.js";
import { HIDDEN, UNDETERMINED } from "./routes.js";

/**
 * An assembly keeps its parts apart. How much each weighs is no buyer's business, so its sum is hidden.
 * @param {Replay} replay
 * @param {Node} node
 * @param {string} name
 * @param {Output} output
 * @param {{entry: any, lot: Lot}[]} pairs
 * @param {Place} where
 * @param {number} depth
 */
export function assembled(replay, node, name, output, pairs, where, depth) {
  if (output.contents === null || output.contents.includes(null)) {
    return replay.opaque(name, output, depth);
  }
  const inside = output.contents.flatMap((link) => {
    const found = pairs.find(({ entry }) => entry.batch === link?.batch);
    if (found === undefined) {
      throw new VerificationError(`${node.record.entry}: ${name} contains a batch that is no input of the record`);
    }
    const { entry, lot } = found;
    const parts = stampedParts(replay, lot, where, entry.step);
    return parts.length > 0 ? parts : [stampedPart(replay, lot, where, entry.step)];
  });
  return replay.lot(name, output, sum(replay, inside), roundingOf(inside), depth, inside);
}

/**
 * What an output of a dismantling was made of: the parts that its contents name.
 * @param {Replay} replay
 * @param {Node} node
 * @param {string} name
 * @param {Output} output
 * @param {Part[]} parts
 * @param {number} depth
 */
export function dismantled(replay, node, name, output, parts, depth) {
  if (output.contents === null) return replay.lot(name, output, replay.all(HIDDEN), 0, depth);
  const opaque = parts.some((part) => part.opaque);
  const known = [];
  for (const link of output.contents) {
    const batch = link?.batch ?? null;
    const part = parts.find((each) => each.batch === batch);
    if (batch !== null && part === undefined && !opaque) {
      throw new VerificationError(`${node.record.entry}: ${name} names ${batch}, which was not inside`);
    }
    if (part !== undefined) known.push(part);
  }
  const table = known.length === output.contents.length && !opaque ? sum(replay, known) : replay.all(HIDDEN);
  return replay.lot(name, output, table, roundingOf(known), depth);
}

/**
 * The sum of parts whose weights nobody tells: known only where all parts are alike.
 * @param {Replay} replay
 * @param {Part[]} parts
 */
function sum(replay, parts) {
  if (parts.length === 0) return replay.all(UNDETERMINED);
  return parts.every((part) => sameTable(part.table, parts[0].table)) ? parts[0].table : replay.all(HIDDEN);
}

/**
 * What is inside of a lot, stamped; where that is not told the lot stands for it.
 * @param {Replay} replay
 * @param {Lot} lot
 * @param {Place} where
 * @param {string | null} step
 */
export function stampedParts(replay, lot, where, step) {
  const parts = lot.parts.length === 0 && lot.opaque ? [lot] : lot.parts;
  return parts.map((part) => stampedPart(replay, part, where, step));
}

/**
 * Whether what is dismantled has contents; where that is not told, it has if the record states no shares.
 * @param {{entry: any, lot: Lot}[]} pairs
 */
export function areAssemblies(pairs) {
  if (pairs.some(({ lot }) => lot.parts.length > 0)) return true;
  return pairs.some(({ lot }) => lot.opaque) && !pairs.some(({ entry }) => entry.shares?.size);
}

/**
 * @param {Replay} replay
 * @param {Part} part
 * @param {Place} where
 * @param {string | null} step
 * @returns {Part}
 */
function stampedPart(replay, { batch, output, table, rounding, depth, formed, opaque }, where, step) {
  const after = replay.routes.merged(table, replay.routes.stamp(where, step, formed));
  return { batch, output, table: after, rounding, depth: depth + 1, formed: replay.isFormed(output, after), opaque };
}

/**
 * Whether two tables are equal.
 * @template K, V
 * @param {Map<K, V>} one
 * @param {Map<K, V>} other
 */
function sameTable(one, other) {
  return one.size === other.size && [...one].every(([key, weight]) => other.get(key) === weight);
}

/** @param {Part[]} parts */
function roundingOf(parts) {
  return parts.reduce((most, part) => Math.max(most, part.rounding), 0);
}
