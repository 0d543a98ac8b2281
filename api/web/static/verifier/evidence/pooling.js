/**
 * Pooling in the replay of shares: what was put in, weighed by its signed shares (ledger/bundle/shares.py).
 *
 * @typedef {import("./shares.js").Replay} Replay
 * @typedef {import("./shares.js").Lot} Lot
 * @typedef {import("./codes.js").Table} Table
 * @typedef {import("./graph.js").Node} Node
 * @typedef {import("./routes.js").Place} Place
 * @typedef {import("./codes.js").Stamp | null} After
 * @typedef {{table: Table, after: After, shares: Map<string, number>, rounding: number}} Added
 */

import { VerificationError } from "../errors.js";
import { grouped } from "../text.js";
import { PPM } from "./quantity.js";
import { HIDDEN, UNDETERMINED, originRoute, routeOf } from "./routes.js";

const QUARTER = 250; // rounding is counted in thousandths of a ppm
const UNIT = 1_000;

/**
 * What the record's outputs share in, for each element, and how far rounding can have moved it.
 * @param {Replay} replay
 * @param {Node} node
 * @param {any} said
 * @param {(Lot | null)[]} taken
 * @param {Place} where
 * @returns {[Table, number]}
 */
export function pooled(replay, node, said, taken, where) {
  const { added, holes } = putIn(replay, said, taken, where);
  /** @type {Map<string, {row: number[], elements: string[]}>} */
  const rows = new Map();
  for (const element of replay.lanes.ones.keys()) {
    const row = added.map(({ shares }) => shares.get(element) ?? 0);
    const alike = rows.get(row.join());
    if (alike === undefined) rows.set(row.join(), { row, elements: [element] });
    else alike.elements.push(element);
  }
  for (const { row, elements } of rows.values()) row.push(left(node, row, elements[0], holes));
  /** @type {import("./lanes.js").Way[]} */
  const ways = added.map(({ table, after }) => [table, after]);
  ways.push([replay.all(holes ? HIDDEN : UNDETERMINED), null]);
  const roundings = added.map(({ rounding }) => rounding);
  const slips = [...rows.values()].map(({ row }) => moved(row, roundings));
  return [replay.lanes.weigh(replay.routes, ways, [...rows.values()]), Math.max(...slips)];
}

/**
 * Everything with shares, stamped; and whether something that was put in is withheld.
 * @param {Replay} replay
 * @param {any} said
 * @param {(Lot | null)[]} taken
 * @param {Place} where
 */
function putIn(replay, said, taken, where) {
  /** @type {Added[]} */
  const added = [];
  let holes = false;
  said.inputs.forEach((/** @type {any} */ entry, /** @type {number} */ place) => {
    const lot = taken[place];
    if (entry === null || lot === null) {
      holes = true;
    } else if (entry.shares?.size) {
      const after = replay.routes.stamp(where, entry.step, lot.formed);
      added.push({ table: lot.table, after, shares: entry.shares, rounding: lot.rounding });
    }
  });
  for (const addition of said.additions ?? []) {
    if (addition === null) {
      holes = true;
    } else if (addition.shares?.size) {
      const table = replay.bare((/** @type {string} */ element) => additionRoute(addition.origin, element));
      const after = replay.routes.stamp(where, addition.step, false);
      added.push({ table, after, shares: addition.shares, rounding: 0 });
    }
  }
  if (said.undetermined?.size) {
    const after = replay.routes.stamp(where, null, false);
    added.push({ table: replay.all(UNDETERMINED), after, shares: said.undetermined, rounding: 0 });
  }
  return { added, holes };
}

/**
 * What no share accounts for: nothing or all of an element, unless something is withheld.
 * @param {Node} node
 * @param {number[]} row
 * @param {string} element
 * @param {boolean} holes
 */
function left(node, row, element, holes) {
  const rest = PPM - row.reduce((total, share) => total + share, 0);
  if (rest < 0 || (rest > 0 && rest < PPM && !holes)) {
    const said = `those of ${element} sum to ${grouped(PPM - rest)}, not to 1,000,000`;
    throw new VerificationError(`${node.record.entry}, shares: ${said}`);
  }
  return rest;
}

/**
 * How far the rounding of these shares, and of those before them, can have moved any sum of them.
 * @param {number[]} row
 * @param {number[]} roundings
 */
function moved(row, roundings) {
  let slips = 0;
  let given = 0;
  roundings.forEach((slip, place) => {
    const share = row[place];
    if (!share) return;
    given += 1;
    slips += (share * slip - ((share * slip) % PPM)) / PPM + (share === 1 ? UNIT : 0);
  });
  return given > 1 ? slips + given * QUARTER : slips;
}

/**
 * @param {any} origin
 * @param {string} element
 */
function additionRoute(origin, element) {
  return originRoute(origin?.kind === "declared" ? (origin.stages ?? new Map()) : null, element);
}

/**
 * @param {any} said
 * @param {string} element
 */
export function sourceRoute(said, element) {
  const { origin } = said;
  if (origin === null || origin.kind === null || said.operated === null) return HIDDEN;
  if (origin.kind === "mined") {
    if (said.country === null) return HIDDEN;
    return routeOf("mined", [{ step: "mine", countries: [said.country], basis: said.basis }]);
  }
  if (origin.kind === "recycled") return origin.feed ? routeOf(origin.feed, [], said.basis) : HIDDEN;
  return additionRoute(origin, element);
}
