/**
 * A batch as a judgement sees it (ledger/report/model.py). Weights are bigints in any one unit; only ratios leave.
 *
 * @typedef {import("./routes.js").Route} Route
 * @typedef {import("./routes.js").Masses} Masses
 * @typedef {{
 *   batch: string, material: string, magnet_type: string | null,
 *   composition: Map<string, number>, elements: Map<string, bigint>, routes: Map<string, Masses>,
 *   custody: string[], owners: Map<string, string[]>, parts: Subject[], partlyWithheld: boolean,
 * }} Subject - `partlyWithheld`: some of its routes were left out, since nobody tells them; an exception may be met
 *   that these do not show
 */

import { BODY, UNDETERMINED } from "./routes.js";
import { compare, sum } from "./quantity.js";

export const PASS = "PASS";
export const FAIL = "FAIL";
export const UNKNOWN = "UNKNOWN";

/**
 * A subject of what is known of it; the rest is empty.
 * @param {Partial<Subject>} said
 * @returns {Subject}
 */
export function subjectOf(said) {
  const nothing = { composition: new Map(), elements: new Map(), routes: new Map(), custody: [], owners: new Map() };
  return { batch: "", material: "", magnet_type: null, ...nothing, parts: [], partlyWithheld: false, ...said };
}

/**
 * The routes of an element (or `*`) with their weights, each above zero; what has no route is undetermined.
 * @param {Subject} subject
 * @param {string} element
 * @returns {Masses}
 */
export function massesOf(subject, element) {
  const routes = new Map();
  let routed = 0n;
  for (const [route, mass] of subject.routes.get(element) ?? []) {
    if (mass > 0n) {
      routes.set(route, mass);
      routed += mass;
    }
  }
  const missing = (subject.elements.get(element) ?? 0n) - routed;
  if (missing > 0n) routes.set(UNDETERMINED, (routes.get(UNDETERMINED) ?? 0n) + missing);
  return routes;
}

/**
 * The routes of an element (or `*`) by the material that they are of: one, or one for each magnet of a union.
 *
 * An element of a magnet's composition whose weight nobody states counts with the least there is.
 * @param {Subject} subject
 * @param {string} element
 * @returns {[string, Masses][]}
 */
export function lotsOf(subject, element) {
  if (subject.parts.length === 0) return [[subject.material, massesOf(subject, element)]];
  return subject.parts.map((part) => {
    const masses = massesOf(part, element);
    const named = part.composition.has(element) || element === BODY;
    const unweighed = masses.size === 0 && !part.elements.has(element) && named;
    return [part.material, unweighed ? new Map([[UNDETERMINED, 1n]]) : masses];
  });
}

/**
 * The weight of an element (or `*`).
 * @param {Subject} subject
 * @param {string} element
 */
export function weightOf(subject, element) {
  return sum(massesOf(subject, element).values());
}

/**
 * The verdict of several: FAIL beats UNKNOWN, UNKNOWN beats PASS; of none it is UNKNOWN.
 * @param {string[]} verdicts
 */
export function worst(verdicts) {
  if (verdicts.includes(FAIL)) return FAIL;
  return verdicts.includes(UNKNOWN) || verdicts.length === 0 ? UNKNOWN : PASS;
}

/**
 * Several magnets as one subject, for the union statement of an assembly (ledger/report/combine.py).
 *
 * Weights must be in the same unit.
 * @param {string} batch
 * @param {Subject[]} subjects
 * @returns {Subject}
 */
export function combine(batch, subjects) {
  const named = new Set(subjects.flatMap((s) => [...s.composition.keys(), ...s.routes.keys()]));
  named.delete(BODY);
  const elements = [...named].sort(compare);
  const routes = new Map([...elements, BODY].map((element) => [element, added(subjects, element)]));
  const materials = new Set(subjects.map((subject) => subject.material));
  const types = new Set(subjects.map((subject) => subject.magnet_type));
  return subjectOf({
    batch,
    material: materials.size === 1 ? subjects[0].material : "assembly",
    magnet_type: types.size === 1 ? subjects[0].magnet_type : null,
    composition: new Map(elements.map((element) => [element, content(subjects, element)])),
    elements: new Map([...routes].map(([element, masses]) => [element, sum(masses.values())])),
    routes,
    custody: [...new Set(subjects.flatMap((subject) => subject.custody))].sort(compare),
    owners: unionOf(subjects.map((subject) => subject.owners)),
    parts: subjects,
  });
}

/**
 * The union of what several say by name, sorted.
 * @param {Map<string, Iterable<string>>[]} every
 * @returns {Map<string, string[]>}
 */
export function unionOf(every) {
  /** @type {Map<string, Set<string>>} */
  const found = new Map();
  for (const one of every) {
    for (const [name, listed] of one) {
      const before = found.get(name) ?? new Set();
      for (const each of listed) before.add(each);
      found.set(name, before);
    }
  }
  const names = [...found].sort((a, b) => compare(a[0], b[0]));
  return new Map(names.map(([name, listed]) => [name, [...listed].sort(compare)]));
}

/**
 * @param {Subject[]} subjects
 * @param {string} element
 * @returns {Masses}
 */
function added(subjects, element) {
  const total = new Map();
  for (const [, masses] of lotsOf(subjectOf({ parts: subjects }), element)) {
    for (const [route, mass] of masses) total.set(route, (total.get(route) ?? 0n) + mass);
  }
  return new Map([...total].sort((a, b) => compare(a[0].key, b[0].key)));
}

/**
 * The element's share of the whole, by the weights of the bodies; at least 1 ppm, since some magnet has it.
 * @param {Subject[]} subjects
 * @param {string} element
 */
function content(subjects, element) {
  let bodies = subjects.map((subject) => weightOf(subject, BODY));
  if (bodies.every((body) => body === 0n)) bodies = bodies.map(() => 1n);
  const weighed = subjects.map((subject, place) => bodies[place] * BigInt(subject.composition.get(element) ?? 0));
  const share = Number(sum(weighed) / sum(bodies));
  return Math.min(1_000_000, Math.max(1, share));
}
