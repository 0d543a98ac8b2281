/**
 * The balance of a process in milligrams, and the rules that judge it (ledger/rules: balance, mass_balance, steps).
 *
 * @typedef {import("./making.js").Facts} Facts
 * @typedef {import("./table.js").Contribution} Contribution
 * @typedef {import("./routes.js").Place} Place
 * @typedef {{
 *   place: Place, contributions: Contribution[], putIn: Map<string, bigint>, takenOut: Map<string, bigint>,
 *   undetermined: Map<string, bigint>, exceeded: Map<string, number[]>,
 * }} Balance
 */

import { PPM_BIG, sum } from "./quantity.js";
import {
  BODY,
  DECLARED,
  FORMED_MATERIALS,
  HANDLING,
  RARE_EARTHS,
  TRACED,
  UNDETERMINED,
  originRoute,
} from "./routes.js";
import { draw, elementMasses, isFormed, pool, secondary, sharesOf, tableOf, totalsOf } from "./table.js";

/**
 * Where and how a process happens.
 * @param {any} record
 * @returns {Place}
 */
export function placeOf(record) {
  return { steps: record.steps, country: record.country, basis: record.operated === "self" ? TRACED : DECLARED };
}

/**
 * Whether a process only handles: no stage, no change of material.
 * @param {any} record
 */
export function isHandling(record) {
  return HANDLING.has(record.steps[0]);
}

/**
 * Whether something has a shape: of a formed material, or made by a forming stage.
 * @param {string} material
 * @param {import("./table.js").Table} routes
 */
export function isShaped(material, routes) {
  return FORMED_MATERIALS.has(material) || isFormed(routes);
}

/**
 * The routes of a batch as they count where it was taken: scrap that was sold before is pre-consumer.
 * @param {import("./making.js").Batch} batch
 */
export function routesNow(batch) {
  return batch.secondaryAt === null ? batch.made : secondary(batch.made);
}

/**
 * The balance of a process, computed once.
 * @param {Facts} facts
 * @returns {Balance}
 */
export function balanceOf(facts) {
  facts.balance ??= balanced(facts);
  return facts.balance;
}

/**
 * What the outputs of a process share in.
 * @param {Facts} facts
 */
export function pooledOf(facts) {
  const balance = balanceOf(facts);
  return pool(everything(balance), balance.place);
}

/**
 * The shares that a process must state: of the inputs, then the additions, then what is undetermined.
 * @param {Facts} facts
 * @returns {Map<string, number>[]}
 */
export function signedShares(facts) {
  const balance = balanceOf(facts);
  const stated = sharesOf(everything(balance), balance.place);
  return balance.undetermined.size > 0 ? stated : [...stated, new Map()];
}

/** @param {Balance} balance */
function everything({ contributions, undetermined }) {
  if (undetermined.size === 0) return contributions;
  return [...contributions, { routes: tableOf(undetermined, () => UNDETERMINED), step: null, formed: false }];
}

/**
 * @param {Facts} facts
 * @returns {Balance}
 */
function balanced(facts) {
  const { record } = facts;
  const contributions = contributionsOf(facts);
  const putIn = added(contributions.map(({ routes }) => totalsOf(routes)));
  const outputs = record.outputs.map((/** @type {any} */ output) => elementMasses(output.mass_mg, output.composition));
  const takenOut = added(outputs);
  const balance = {
    place: placeOf(record),
    contributions,
    putIn,
    takenOut,
    undetermined: new Map(),
    exceeded: new Map(),
  };
  for (const [element, mass] of takenOut) judge(facts, balance, element, mass);
  return balance;
}

/**
 * @param {Map<string, bigint>[]} every
 * @returns {Map<string, bigint>}
 */
function added(every) {
  const sums = new Map();
  for (const masses of every) {
    for (const [element, mass] of masses) sums.set(element, (sums.get(element) ?? 0n) + mass);
  }
  return sums;
}

/**
 * @param {Facts} facts
 * @returns {Contribution[]}
 */
function contributionsOf({ record, taken }) {
  const inputs = record.inputs.map((/** @type {any} */ entry, /** @type {number} */ place) => {
    const batch = /** @type {import("./making.js").Batch} */ (taken[place].batch);
    const routes = draw(routesNow(batch), BigInt(entry.mass_mg), batch.mass);
    return { routes, step: entry.step, formed: isShaped(batch.material, batch.made) };
  });
  const additions = (record.additions ?? []).map((/** @type {any} */ addition) => {
    const masses = elementMasses(addition.mass_mg, addition.composition).set(BODY, BigInt(addition.mass_mg));
    const { origin } = addition;
    const stages = origin?.kind === "declared" ? (origin.stages ?? new Map()) : null;
    return { routes: tableOf(masses, (element) => originRoute(stages, element)), step: addition.step, formed: false };
  });
  return [...inputs, ...additions];
}

/**
 * What of an element comes out beyond what went in: allowed, of unknown origin, or too much.
 * @param {Facts} facts
 * @param {Balance} balance
 * @param {string} element
 * @param {bigint} mass
 */
function judge({ record, rules, taken }, balance, element, mass) {
  const before = balance.putIn.get(element) ?? 0n;
  const handling = isHandling(record);
  const tolerance = handling ? 0n : (before * BigInt(rules.assay_tolerance_ppm)) / PPM_BIG;
  const rounding = BigInt(rules.rounding_mg * (record.inputs.length + record.outputs.length));
  if (mass <= before || mass - before <= rounding + tolerance) return;
  const ppm = (/** @type {number} */ place) => record.outputs[place].composition?.get(element) ?? 0;
  let claiming = record.outputs.map((/** @type {any} */ _, /** @type {number} */ place) => place).filter(ppm);
  if (RARE_EARTHS.has(element)) {
    const listed = taken.some(({ batch }) => batch?.composition?.get(element));
    if (!before && !listed) claiming = claiming.filter((/** @type {number} */ place) => ppm(place) > rules.trace_ppm);
    if (claiming.length > 0) balance.exceeded.set(element, claiming);
  } else if (handling) {
    balance.exceeded.set(element, claiming);
  } else {
    balance.undetermined.set(element, mass - before);
  }
}

/**
 * The mass of everything that is put in, and of everything that comes out.
 * @param {any} record
 * @returns {{putIn: bigint, out: bigint}}
 */
export function wholeMasses(record) {
  const masses = (/** @type {any[]} */ entries) => sum(entries.map((entry) => BigInt(entry.mass_mg)));
  return { putIn: masses([...record.inputs, ...(record.additions ?? [])]), out: masses(record.outputs) };
}
