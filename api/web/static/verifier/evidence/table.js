/**
 * Route tables and the arithmetic of a process in milligrams (ledger/material: table, batch, pool).
 *
 * A table maps each element (and `*` for the body) to the mass on each route; an element of no mass is there without a
 * route. Only an auditor has masses: to a buyer see `shares.js`.
 *
 * @typedef {import("./routes.js").Route} Route
 * @typedef {import("./routes.js").Masses} Masses
 * @typedef {import("./routes.js").Place} Place
 * @typedef {Map<string, Masses>} Table
 * @typedef {{routes: Table, step: string | null, formed: boolean}} Contribution - what is put into a process
 */

import { PPM_BIG, apportion, compare, sum, toPpm } from "./quantity.js";
import { BODY, HANDLING, REENTRY, UNDETERMINED, asSecondary, stamp, stepsFrom, unformed } from "./routes.js";

/**
 * The mass of each element.
 * @param {Table} table
 * @returns {Map<string, bigint>}
 */
export function totalsOf(table) {
  return new Map([...table].map(([element, masses]) => [element, sum(masses.values())]));
}

/**
 * Whether some of the body has been through a forming stage.
 * @param {Table} table
 */
export function isFormed(table) {
  return [...(table.get(BODY)?.keys() ?? [])].some((route) => route.formed);
}

/**
 * `floor(mass * ppm / 1,000,000)` for each element; an unknown composition gives none.
 * @param {number} massMg
 * @param {Map<string, number> | null} composition
 * @returns {Map<string, bigint>}
 */
export function elementMasses(massMg, composition) {
  const mass = BigInt(massMg);
  return new Map([...(composition ?? [])].map(([element, ppm]) => [element, (mass * BigInt(ppm)) / PPM_BIG]));
}

/**
 * Each mass on one route.
 * @param {Map<string, bigint>} masses
 * @param {(element: string) => Route} route
 * @returns {Table}
 */
export function tableOf(masses, route) {
  return new Map([...masses].map(([element, mass]) => [element, mass ? new Map([[route(element), mass]]) : new Map()]));
}

/**
 * The sum of some tables.
 * @param {Iterable<Table>} tables
 * @returns {Table}
 */
export function summed(tables) {
  /** @type {Table} */
  const sums = new Map();
  for (const table of tables) {
    for (const [element, masses] of table) {
      let before = sums.get(element);
      if (before === undefined) sums.set(element, (before = new Map()));
      for (const [route, mass] of masses) before.set(route, (before.get(route) ?? 0n) + mass);
    }
  }
  return sums;
}

/**
 * Each element's total apportioned over the masses that a source has of it, in the order of the routes.
 * @param {Map<string, bigint>} totals
 * @param {Table} source
 * @returns {Table}
 */
function sharedOut(totals, source) {
  const shared = new Map();
  for (const [element, total] of totals) {
    const masses = [...(source.get(element) ?? [])];
    if (masses.length > 1) masses.sort((a, b) => compare(a[0].key, b[0].key));
    const parts = apportion(
      total,
      masses.map(([, mass]) => mass),
    );
    const given = masses.map(([route], place) => /** @type {[Route, bigint]} */ ([route, parts[place]]));
    shared.set(element, new Map(given.filter(([, mass]) => mass > 0n)));
  }
  return shared;
}

/**
 * What a consumption of a part takes of each element: `floor(E * m / M)`, with routes in proportion.
 * @param {Table} table
 * @param {bigint} part
 * @param {bigint} whole
 * @returns {Table}
 */
export function draw(table, part, whole) {
  if (part === whole) return table;
  const totals = [...totalsOf(table)].map(
    ([element, mass]) => /** @type {[string, bigint]} */ ([element, (mass * part) / whole]),
  );
  return sharedOut(new Map(totals), table);
}

/**
 * An output's routes: each element's mass apportioned over the pool; where the pool has none, undetermined.
 * @param {Map<string, bigint>} massesOut
 * @param {Table} pooled
 * @returns {Table}
 */
export function give(massesOut, pooled) {
  const given = sharedOut(massesOut, pooled);
  for (const [element, mass] of massesOut) {
    if (mass > 0n && given.get(element)?.size === 0) given.set(element, new Map([[UNDETERMINED, mass]]));
  }
  return given;
}

/**
 * The routes of scrap, swarf or residue after its sale.
 * @param {Table} table
 * @returns {Table}
 */
export function secondary(table) {
  return renamed(table, new Map(), asSecondary);
}

/**
 * What a contribution brings, with the stages that it takes part in.
 * @param {Contribution} contribution
 * @param {Place} place
 * @returns {Table}
 */
export function stamped({ routes, step, formed }, place) {
  const steps = stepsFrom(place, step);
  const loses = formed && steps.some((each) => REENTRY.has(each));
  const stages = steps.filter((each) => !HANDLING.has(each));
  const known = stampsOf(`${place.country} ${place.basis} ${loses} ${stages.join(" ")}`);
  return renamed(routes, known, (route) => stamp(loses ? unformed(route) : route, stages, place.country, place.basis));
}

/** @type {Map<string, Map<Route, Route>>} what routes become by the same steps at the same place */
const STAMPS = new Map();
const MOST_PLACES = 256;

/**
 * What has been worked out already of routes at a place.
 * @param {string} place
 * @returns {Map<Route, Route>}
 */
function stampsOf(place) {
  let known = STAMPS.get(place);
  if (known === undefined) {
    if (STAMPS.size >= MOST_PLACES) STAMPS.clear();
    STAMPS.set(place, (known = new Map()));
  }
  return known;
}

/**
 * @param {Table} table
 * @param {Map<Route, Route>} changed - what is known of the change already
 * @param {(route: Route) => Route} change
 * @returns {Table}
 */
function renamed(table, changed, change) {
  const after = (/** @type {Route} */ route) => {
    let found = changed.get(route);
    if (found === undefined) changed.set(route, (found = change(route)));
    return found;
  };
  const renamedTable = new Map();
  for (const [element, masses] of table) {
    const sums = new Map();
    for (const [route, mass] of masses) sums.set(after(route), (sums.get(after(route)) ?? 0n) + mass);
    renamedTable.set(element, sums);
  }
  return renamedTable;
}

/**
 * Which contributions enter the body `*` of what is made.
 *
 * All do, but in a process that diffuses or coats: there only formed ones if there is one, else only those that take
 * part before both.
 * @param {Contribution[]} contributions
 * @param {Place} place
 * @returns {boolean[]}
 */
function entersBody(contributions, place) {
  const late = ["diffuse", "coat"]
    .filter((step) => place.steps.includes(step))
    .map((step) => place.steps.indexOf(step));
  if (late.length === 0) return contributions.map(() => true);
  if (contributions.some((each) => each.formed)) return contributions.map((each) => each.formed);
  return contributions.map(({ step }) => (step ? place.steps.indexOf(step) : 0) < Math.min(...late));
}

/**
 * Everything that was put in, stamped and summed.
 * @param {Contribution[]} contributions
 * @param {Place} place
 * @returns {Table}
 */
export function pool(contributions, place) {
  const entering = entersBody(contributions, place);
  return summed(
    contributions.map((each, number) => {
      const routes = new Map(each.routes);
      if (!entering[number]) routes.delete(BODY);
      return stamped({ ...each, routes }, place);
    }),
  );
}

/**
 * For each contribution and element, its share in ppm of what was put in; nothing put in, no entry.
 * @param {Contribution[]} contributions
 * @param {Place} place
 * @returns {Map<string, number>[]}
 */
export function sharesOf(contributions, place) {
  const entering = entersBody(contributions, place);
  const weights = contributions.map((each, number) => {
    const totals = totalsOf(each.routes);
    if (!entering[number]) totals.delete(BODY);
    return totals;
  });
  const shares = contributions.map(() => new Map());
  for (const element of new Set(weights.flatMap((each) => [...each.keys()]))) {
    const column = weights.map((each) => each.get(element) ?? 0n);
    if (column.every((weight) => weight === 0n)) continue;
    toPpm(column).forEach((ppm, number) => {
      if (column[number]) shares[number].set(element, ppm);
    });
  }
  return shares;
}
