/**
 * From the replay to what a judgement needs: the batch, or the magnets inside an assembly, with their tolerances
 * (ledger/bundle/subjects.py).
 *
 * @typedef {import("./shares.js").ReadPart} ReadPart
 * @typedef {import("./model.js").Subject} Subject
 * @typedef {import("./graph.js").Graph} Graph
 * @typedef {{subject: Subject, tolerance: Tolerance, described: import("./partial.js").Output}} Judged
 */

import { VerificationError } from "../errors.js";
import { sameValue } from "../json.js";
import { sorted } from "../text.js";
import { SCALE } from "./lanes.js";
import { subjectOf, unionOf } from "./model.js";
import { PPM, PPM_BIG, compare, sum } from "./quantity.js";
import { BODY, HANDLING, HIDDEN, isHidden } from "./routes.js";

const APART = new Set(["magnet", "block", "assembly", "product"]);
const SAID = ["material", "magnet_type", "consolidation", "coating", "grade", "form", "lot", "composition"];

/** How far a printed share may be from the computed one, by element, in ppm; and how much of it is withheld. */
export class Tolerance {
  /**
   * @param {Map<string, number>} ppm
   * @param {Map<string, number>} hidden
   */
  constructor(ppm, hidden) {
    this.ppm = ppm;
    this.hidden = hidden;
  }

  /** @param {string} element - the bound for one element, or the body */
  of(element) {
    return this.ppm.get(element) ?? 1;
  }

  /** @param {string} element - how many ppm of it are withheld, rounded up */
  slack(element) {
    return this.hidden.get(element) ?? 0;
  }

  /** The bound for what is summed over elements. */
  get widest() {
    return this.ppm.size > 0 ? Math.max(...this.ppm.values()) : 1;
  }

  /** The slack for what is summed over elements. */
  get mostHidden() {
    return Math.max(0, ...this.hidden.values());
  }
}

/**
 * Every element that a composition on the way, or the report itself, names.
 * @param {Graph} graph
 * @param {any} printed
 * @returns {string[]}
 */
export function elementsAsked(graph, printed) {
  const asked = new Set(Object.keys(printed.statement.elements));
  for (const magnet of printed.magnets ?? []) for (const e of Object.keys(magnet.statement.elements)) asked.add(e);
  for (const { said } of graph.nodes.values()) {
    for (const output of said.outputs ?? []) for (const e of output?.composition?.keys() ?? []) asked.add(e);
  }
  return sorted(asked);
}

/**
 * The batch or part as a subject. Where its composition is withheld, the printed one is taken.
 * @param {ReadPart} lot
 * @param {any} printed
 * @param {Graph} graph
 * @returns {Judged}
 */
export function judged(lot, printed, graph) {
  const { output } = lot;
  const composition = output.composition ?? printedComposition(printed);
  const { custody, owners } = carriedUpstream(graph);
  const routes = new Map();
  for (const [element, ppm] of [...composition, /** @type {[string, number]} */ ([BODY, PPM])]) {
    const found = lot.table.get(element);
    if (found === undefined) continue;
    routes.set(element, new Map([...found].map(([route, mass]) => [route, mass * BigInt(ppm)])));
  }
  const subject = subjectOf({
    batch: lot.batch,
    material: output.material ?? printed.material,
    magnet_type: output.magnet_type,
    composition,
    ...weighed(routes),
    custody,
    owners,
  });
  return { subject, tolerance: toleranceOf(lot), described: output };
}

/**
 * @param {any} printed
 * @returns {Map<string, number>}
 */
function printedComposition(printed) {
  if (printed.composition !== undefined) return new Map(Object.entries(printed.composition));
  return new Map(Object.keys(printed.statement.elements).map((element) => [element, 1]));
}

/**
 * Routes, and the weights of elements that are their sums.
 * @param {Map<string, import("./routes.js").Masses>} routes
 */
function weighed(routes) {
  return { routes, elements: new Map([...routes].map(([element, masses]) => [element, sum(masses.values())])) };
}

/**
 * The magnet lots inside an assembly, each once, in order of their names.
 *
 * The same lot in two places is one entry; where its routes differ, how they add up hangs on masses.
 * @param {import("./shares.js").ReadLot} lot
 * @returns {ReadPart[]}
 */
export function inside(lot) {
  /** @type {Map<string, ReadPart>} */
  const lots = new Map();
  for (const part of lot.parts) {
    if (!APART.has(part.output.material ?? "") && !part.output.magnet_type) continue;
    const before = lots.get(part.batch);
    if (before === undefined) lots.set(part.batch, part);
    else if (!sameRoutes(before.table, part.table)) lots.set(part.batch, { ...part, table: allHidden(part.table) });
  }
  return [...lots].sort((a, b) => compare(a[0], b[0])).map(([, part]) => part);
}

/** @param {import("./shares.js").RoutesByElement} table */
function allHidden(table) {
  return new Map([...table.keys()].map((element) => [element, new Map([[HIDDEN, SCALE]])]));
}

/**
 * @param {import("./shares.js").RoutesByElement} one
 * @param {import("./shares.js").RoutesByElement} other
 */
function sameRoutes(one, other) {
  const same = (/** @type {Map<any, bigint>} */ a, /** @type {Map<any, bigint> | undefined} */ b) =>
    b !== undefined && a.size === b.size && [...a].every(([route, weight]) => b.get(route) === weight);
  return one.size === other.size && [...one].every(([element, masses]) => same(masses, other.get(element)));
}

/**
 * The subject without what is withheld; the weights of its elements shrink with it.
 * @param {Subject} subject
 * @returns {Subject}
 */
export function knownPart(subject) {
  return kept(subject, (route) => !isHidden(route));
}

/**
 * The subject without what is withheld, and without routes whose share is below what shares can tell.
 * @param {Subject} subject
 * @param {Tolerance} tolerance
 * @returns {Subject}
 */
export function withoutTraces(subject, tolerance) {
  const known = knownPart(subject);
  const pruned = kept(known, (_, mass, element) => {
    const least = BigInt(tolerance.of(element) + 1) * /** @type {bigint} */ (known.elements.get(element));
    return mass * PPM_BIG > least;
  });
  return { ...pruned, partlyWithheld: tolerance.mostHidden > 0 };
}

/**
 * @param {Subject} subject
 * @param {(route: import("./routes.js").Route, mass: bigint, element: string) => boolean} chosen
 * @returns {Subject}
 */
function kept(subject, chosen) {
  const routes = new Map();
  for (const [element, masses] of subject.routes) {
    routes.set(element, new Map([...masses].filter(([route, mass]) => chosen(route, mass, element))));
  }
  return { ...subject, ...weighed(routes) };
}

/**
 * Custody models, and owners' countries by stage, of everything upstream.
 * @param {Graph} graph
 * @returns {{custody: string[], owners: Map<string, string[]>}}
 */
export function carriedUpstream(graph) {
  const custody = new Set();
  /** @type {Map<string, string[]>[]} */
  const owned = [];
  for (const node of graph.nodes.values()) {
    const said = /** @type {any} */ (node.said);
    let stages;
    if (said.type === "process") {
      if (said.custody) custody.add(said.custody);
      stages = (said.steps ?? []).filter((/** @type {string} */ step) => !HANDLING.has(step));
    } else if (said.type === "source" && said.origin?.kind === "mined") {
      stages = ["mine"];
    } else {
      continue;
    }
    owned.push(new Map(stages.map((/** @type {string} */ stage) => [stage, [said.owner_country ?? "unknown"]])));
  }
  return { custody: [...custody].sort(compare), owners: unionOf(owned) };
}

/**
 * Which printed members the maker's record confirms.
 * @param {any} printed
 * @param {import("./partial.js").Output} described
 * @param {string} where
 * @returns {string[]}
 * @throws {VerificationError} one is not what the record says
 */
export function checkDescription(printed, described, where) {
  const confirmed = [];
  for (const name of SAID) {
    const stated = /** @type {any} */ (described)[name];
    const said = printed[name];
    if (stated === null || (said === undefined && name !== "material" && name !== "magnet_type")) continue;
    const plain = stated instanceof Map ? Object.assign(Object.create(null), Object.fromEntries(stated)) : stated;
    if (said === undefined || !sameValue(plain, said)) {
      throw new VerificationError(`${where}${name}: the maker's record says something else`);
    }
    confirmed.push(name);
  }
  return confirmed;
}

/**
 * 1 ppm for each process on the way, or what the rounding of many shares can come to if that is more.
 * @param {ReadPart} lot
 */
function toleranceOf(lot) {
  const bound = Math.max(1, lot.depth, Math.ceil(lot.rounding / 1_000));
  const hidden = new Map();
  for (const [element, masses] of lot.table) {
    const withheld = sum([...masses].filter(([route]) => isHidden(route)).map(([, mass]) => mass));
    const whole = sum(masses.values());
    if (withheld > 0n) hidden.set(element, Number((withheld * PPM_BIG + whole - 1n) / whole));
  }
  return new Tolerance(new Map([...lot.table.keys()].map((element) => [element, bound])), hidden);
}
