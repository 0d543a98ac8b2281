/**
 * Recycled content and completeness of a batch (ledger/report/content.py).
 *
 * @typedef {import("./model.js").Subject} Subject
 */

import { lotsOf, massesOf } from "./model.js";
import { compare, toPpm } from "./quantity.js";
import { BODY, DECLARED, RARE_EARTHS, TRACED, stageOf } from "./routes.js";
import { BODY_BUCKETS, ELEMENT_BUCKETS, NOT_DONE, RECYCLED, UNKNOWN_BASIS, answer, cells } from "./statement.js";

export const TOTAL = "total_rare_earth";

const SOURCES = ["post_consumer_ppm", "pre_consumer_ppm", "primary_ppm", "unknown_ppm"];
const KNOWN = ["traced_ppm", "declared_ppm", "unknown_ppm"];

/**
 * Where each element of the composition came from, and all rare earths together, weighted by mass.
 * @param {Subject} subject
 * @returns {Map<string, Record<string, number>>}
 */
export function recycled(subject) {
  const shown = new Map();
  const total = new Map();
  for (const element of [...subject.composition.keys()].sort(compare)) {
    const weights = new Map();
    for (const [route, mass] of massesOf(subject, element)) {
      add(weights, source(route), mass);
      if (RARE_EARTHS.has(element)) add(total, source(route), mass);
    }
    shown.set(element, shares(SOURCES, weights));
  }
  return shown.set(TOTAL, shares(SOURCES, total));
}

/**
 * How much of what the statement asks of the elements is traced, declared or unknown, by mass over the buckets.
 * @param {Subject} subject
 * @returns {Record<string, number>}
 */
export function completeness(subject) {
  const weights = new Map();
  for (const element of subject.composition.keys()) {
    for (const [material, masses] of lotsOf(subject, element)) {
      for (const [route, mass] of masses) {
        for (const bucket of ELEMENT_BUCKETS) {
          const { basis } = answer(route, bucket, material, element);
          const known = basis === RECYCLED ? route.known : basis;
          if (known !== NOT_DONE)
            add(weights, known === TRACED || known === DECLARED ? `${known}_ppm` : "unknown_ppm", mass);
        }
      }
    }
  }
  return shares(KNOWN, weights);
}

/**
 * What the statement leaves open, without inquiries and without the day of follow-up.
 * @param {Subject} subject
 */
export function openCells(subject) {
  const elements = [...subject.composition.keys()].sort(compare);
  const asked = [
    ...elements.flatMap((element) => ELEMENT_BUCKETS.map((bucket) => ({ element, bucket }))),
    ...BODY_BUCKETS.map((bucket) => ({ element: BODY, bucket })),
  ];
  return asked.flatMap(({ element, bucket }) =>
    cells(subject, element, bucket)
      .filter((cell) => cell.said.basis === UNKNOWN_BASIS)
      .map((cell) => ({ element, bucket: bucket.name, reason: cell.said.reason, share_ppm: cell.share })),
  );
}

/** @param {import("./routes.js").Route} route */
function source(route) {
  if (route.origin === "post-consumer") return "post_consumer_ppm";
  if (route.origin === "pre-consumer") return "pre_consumer_ppm";
  const mine = stageOf(route, "mine");
  const placed = mine !== undefined && mine.countries.length > 0;
  return route.origin === "mined" || (route.origin === "declared" && placed) ? "primary_ppm" : "unknown_ppm";
}

/**
 * @param {Map<string, bigint>} weights
 * @param {string} name
 * @param {bigint} mass
 */
function add(weights, name, mass) {
  weights.set(name, (weights.get(name) ?? 0n) + mass);
}

/**
 * The weights as ppm in the order of their names; nothing to weigh is unknown.
 * @param {string[]} names
 * @param {Map<string, bigint>} weights
 * @returns {Record<string, number>}
 */
function shares(names, weights) {
  const nothing = [...weights.values()].every((weight) => weight === 0n);
  const ppm = toPpm(names.map((name) => (nothing ? BigInt(name === "unknown_ppm") : (weights.get(name) ?? 0n))));
  return Object.fromEntries(names.map((name, place) => [name, ppm[place]]));
}
