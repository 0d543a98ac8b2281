/**
 * Routes to the cells of the section 857 statement (ledger/report/statement.py).
 *
 * Each answer is a list of cells that sums to exactly 1,000,000 ppm; what is not known is a cell of its own.
 *
 * @typedef {import("./model.js").Subject} Subject
 * @typedef {import("./routes.js").Route} Route
 * @typedef {{name: string, steps: Set<string>, ahead: Set<string>}} Bucket
 * @typedef {{countries: string[], basis: string, reason: string, key: string}} Answer
 */

import { DATA } from "./data.js";
import { lotsOf, massesOf } from "./model.js";
import { compare, toPpm } from "./quantity.js";
import { BODY, DECLARED, FORMING, RECYCLED_ORIGINS, TRACED } from "./routes.js";

export const RECYCLED = "recycled";
export const UNKNOWN_BASIS = "unknown";
export const NOT_DONE = "not-done";

const MATERIALS = DATA.vocabulary.materials;
const CRUDE = ["ore", "concentrate"];
const COMPOUNDS = [...CRUDE, "mixed-compound", "solution", "oxide", "salt"];
const BEFORE_BLOCK = MATERIALS.slice(0, MATERIALS.indexOf("block"));

/**
 * @param {string} name
 * @param {Iterable<string>} steps
 * @param {string[]} [ahead] - the materials that still have it ahead of them
 * @returns {Bucket}
 */
function bucket(name, steps, ahead = []) {
  return { name, steps: new Set(steps), ahead: new Set(ahead) };
}

export const ELEMENT_BUCKETS = [
  bucket("mined", ["mine"]),
  bucket("refined", ["leach", "separate", "calcine", "dissolve"], CRUDE),
  bucket("metals_and_alloys", ["reduce", "alloy", "strip-cast", "melt-spin"], COMPOUNDS),
];
export const BODY_BUCKETS = [
  bucket("sintered_or_bonded", FORMING, BEFORE_BLOCK),
  bucket("magnetized", ["magnetize"], [...BEFORE_BLOCK, "block"]),
];
export const BENEATH = [bucket("beneficiated", ["beneficiate"]), bucket("fluorinated", ["fluorinate"])];

/**
 * What a route says of a bucket: where, or why not.
 * @param {Route} route
 * @param {Bucket} asked
 * @param {string} material
 * @param {string} element
 * @returns {Answer}
 */
export function answer(route, asked, material, element) {
  const stages = route.stages.filter((stage) => asked.steps.has(stage.step) && stage.countries.length > 0);
  if (stages.length > 0) {
    const countries = [...new Set(stages.flatMap((stage) => [...stage.countries]))].sort(compare);
    return said(countries, stages.every((stage) => stage.basis === TRACED) ? TRACED : DECLARED);
  }
  if (asked.ahead.has(material)) return said([], NOT_DONE);
  if (element !== BODY && RECYCLED_ORIGINS.has(route.origin)) return said([], RECYCLED);
  return said([], UNKNOWN_BASIS, route.reason || silence(route.origin));
}

/**
 * An answer with its key, the canonical JSON by which cells are merged and ordered.
 * @param {string[]} countries
 * @param {string} basis
 * @param {string} [reason]
 * @returns {Answer}
 */
export function said(countries, basis, reason = "") {
  const shown = reason ? { basis, countries, reason } : { basis, countries };
  return { countries, basis, reason, key: JSON.stringify(shown) };
}

/**
 * The cells of one bucket for an element, or for the body (`*`); they sum to exactly 1,000,000 ppm.
 * @param {Subject} subject
 * @param {string} element
 * @param {Bucket} asked
 * @returns {{said: Answer, share: number}[]}
 */
export function cells(subject, element, asked) {
  /** @type {Map<string, [Answer, bigint]>} */
  const weights = new Map();
  for (const [material, masses] of lotsOf(subject, element)) {
    for (const [route, mass] of masses) {
      const found = answer(route, asked, material, element);
      weights.set(found.key, [found, (weights.get(found.key)?.[1] ?? 0n) + mass]);
    }
  }
  if (weights.size === 0) return [{ said: said([], UNKNOWN_BASIS, "undetermined"), share: 1_000_000 }];
  const ordered = [...weights.values()].sort((a, b) => compare(a[0].key, b[0].key));
  const shares = toPpm(ordered.map(([, weight]) => weight));
  return ordered.map(([found], place) => ({ said: found, share: shares[place] }));
}

/**
 * The statement of a batch, as printed, but without inquiries.
 * @param {Subject} subject
 * @returns {Record<string, unknown>}
 */
export function statement(subject) {
  const elements = [...subject.composition.keys()].sort(compare);
  const beneath = elements.map((element) => [element, beneathOf(subject, element)]).filter(([, lists]) => lists);
  return {
    title: DATA.title,
    elements: Object.fromEntries(elements.map((element) => [element, printedIn(subject, element, ELEMENT_BUCKETS)])),
    ...printedIn(subject, BODY, BODY_BUCKETS),
    ...(beneath.length > 0 ? { beneath: Object.fromEntries(beneath) } : {}),
  };
}

/**
 * @param {Subject} subject
 * @param {string} element
 */
function beneathOf(subject, element) {
  const steps = new Set([...massesOf(subject, element).keys()].flatMap((route) => route.stages.map((s) => s.step)));
  const shown = BENEATH.filter((each) => [...each.steps].some((step) => steps.has(step)));
  return shown.length > 0 ? printedIn(subject, element, shown) : null;
}

/**
 * @param {Subject} subject
 * @param {string} element
 * @param {Bucket[]} buckets
 */
function printedIn(subject, element, buckets) {
  return Object.fromEntries(buckets.map((each) => [each.name, cells(subject, element, each).map(cellAsJson)]));
}

/** @param {{said: Answer, share: number}} cell */
function cellAsJson({ said: { countries, basis, reason }, share }) {
  return { basis, countries, share_ppm: share, ...(reason ? { reason } : {}) };
}

/** @param {string} origin - why a stage is unknown where the route itself gives no reason */
function silence(origin) {
  if (origin === "undisclosed" || origin === "undetermined") return origin;
  return origin === "declared" ? "not-declared" : "not-recorded";
}
