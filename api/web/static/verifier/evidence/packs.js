/**
 * Rule packs: law as dated data, and how its tests are put to a magnet (ledger/report: packs, chain).
 *
 * @typedef {import("./model.js").Subject} Subject
 * @typedef {import("./routes.js").Route} Route
 * @typedef {{steps: string[], elements: string, strict: string, done: string}} StepTest
 * @typedef {{
 *   id: string, digest: string, clause: string, text_since: string, since?: string, until?: string,
 *   magnet_types: string[], named: Record<string, string[]>, exceptions: string[], end_item: boolean,
 *   covered: string[], allowed: string[], flagged: string[],
 *   places: StepTest[], known: StepTest[], noted: StepTest[], listed: StepTest[],
 *   recycled?: {magnet_types: string[], remark_types: string[], steps: string[], country: string},
 * }} Pack
 * @typedef {{element: string, stage: string, country: string, share_ppm: number, batch: string}} Reason
 * @typedef {{element: string, stages: string[], share_ppm: number, what: string, batch: string}} Need
 * @typedef {Record<string, any>} Context - as `parseContext` gives it
 */

import { grouped } from "../text.js";
import { DATA } from "./data.js";
import { FAIL, PASS, UNKNOWN, massesOf } from "./model.js";
import { compare, sum, toPpm } from "./quantity.js";
import { BODY, RARE_EARTHS } from "./routes.js";

const PPM = 1_000_000;

/**
 * The packs for a kind of magnet on a day of delivery: the covered-material pack first.
 * @param {string | null} magnetType
 * @param {string} delivered
 * @returns {Pack[]}
 */
export function packsFor(magnetType, delivered) {
  const packs = /** @type {Pack[]} */ (/** @type {unknown} */ (DATA.packs));
  return inOrder(
    packs.filter((pack) => magnetType !== null && pack.magnet_types.includes(magnetType) && inForce(pack, delivered)),
  );
}

/**
 * Packs in the order of their verdicts: an allow-list comes last.
 * @param {Pack[]} packs
 */
export function inOrder(packs) {
  return [...packs].sort((a, b) => byMembers([a.allowed.length > 0, a.id], [b.allowed.length > 0, b.id]));
}

/**
 * @param {Pack} pack
 * @param {string} day
 */
function inForce(pack, day) {
  return (pack.since === undefined || pack.since <= day) && (pack.until === undefined || day <= pack.until);
}

/**
 * Whether a tested step may not have happened there.
 * @param {Pack} pack
 * @param {string} country
 */
export function refuses(pack, country) {
  return pack.allowed.length > 0 ? !pack.allowed.includes(country) : pack.covered.includes(country);
}

/**
 * Whether a route says of one of the steps in which country it happened.
 * @param {StepTest} test
 * @param {Route} route
 */
export function isKnown(test, route) {
  return route.stages.some((stage) => stage.countries.length > 0 && test.steps.includes(stage.step));
}

/**
 * What the pack's tests find in the routes of a magnet, in the plain or in the strict reading.
 *
 * Of a magnet whose type is not stated nothing is found but that.
 * @param {Pack} pack
 * @param {Subject} subject
 * @param {Context} context
 * @param {boolean} strict
 * @returns {{reasons: Reason[], needs: Need[], verdict: string}}
 */
export function findings(pack, subject, context, strict) {
  if (subject.magnet_type === null) {
    const what = "Whether this magnet is NdFeB or SmCo is not known. Its magnet type would settle it.";
    return { reasons: [], needs: [{ element: BODY, stages: [], share_ppm: PPM, what, batch: "" }], verdict: UNKNOWN };
  }
  const reasons = endItem(pack, context);
  for (const test of pack.places) {
    for (const element of tested(test, pack, subject, strict)) {
      for (const found of where(subject, element, test.steps, (country) => refuses(pack, country))) {
        reasons.push({ element, stage: found.step, country: found.country, share_ppm: found.share, batch: "" });
      }
    }
  }
  const needs = pack.known.flatMap((test) =>
    tested(test, pack, subject, strict).flatMap((element) => need(subject, element, test)),
  );
  const verdict = reasons.length > 0 ? FAIL : needs.length > 0 ? UNKNOWN : PASS;
  return { reasons: sortedOnce(reasons, reasonKey), needs: sortedOnce(needs, needKey), verdict };
}

/**
 * Whom a test is put to: elements in the order of their symbols, and `*` for the body.
 * @param {StepTest} test
 * @param {Pack} pack
 * @param {Subject} subject
 * @param {boolean} strict
 * @returns {string[]}
 */
export function tested(test, pack, subject, strict) {
  const named = pack.named[subject.magnet_type ?? ""] ?? [];
  const present = [...subject.routes.keys()].filter((element) => massesOf(subject, element).size > 0);
  const every = new Set([...subject.composition.keys(), ...present, ...named]);
  every.delete(BODY);
  const rare = (/** @type {string} */ element) => RARE_EARTHS.has(element);
  /** @type {Record<string, () => string[]>} */
  const chosen = {
    any: () => [...every, BODY],
    all: () => [...every],
    named: () => named,
    "named-rare-earths": () => named.filter(rare),
    "rare-earths": () => [...every].filter(rare),
    body: () => [BODY],
  };
  return [...chosen[strict ? test.strict : test.elements]()].sort(compare);
}

/**
 * The share in ppm of an element whose routes are chosen: 0 only if no weight is.
 * @param {Subject} subject
 * @param {string} element
 * @param {(route: Route) => boolean} chosen
 */
export function shareOf(subject, element, chosen) {
  let weight = 0n;
  let rest = 0n;
  for (const [route, mass] of massesOf(subject, element)) {
    if (chosen(route)) weight += mass;
    else rest += mass;
  }
  return weight > 0n ? toPpm([weight, rest])[0] : 0;
}

/**
 * Where some steps of an element happened, for the wanted countries, with shares in ppm, sorted.
 * @param {Subject} subject
 * @param {string} element
 * @param {string[]} steps
 * @param {(country: string) => boolean} wanted
 * @returns {{step: string, country: string, share: number}[]}
 */
export function where(subject, element, steps, wanted) {
  const masses = massesOf(subject, element);
  const whole = sum(masses.values());
  /** @type {Map<string, {step: string, country: string, weight: bigint}>} */
  const weights = new Map();
  for (const [route, mass] of masses) {
    for (const { step, countries } of route.stages) {
      if (!steps.includes(step)) continue;
      for (const country of countries.filter(wanted)) {
        const place = weights.get(`${step} ${country}`) ?? { step, country, weight: 0n };
        place.weight += mass;
        weights.set(`${step} ${country}`, place);
      }
    }
  }
  const sorted = [...weights.values()].sort((a, b) => byMembers([a.step, a.country], [b.step, b.country]));
  return sorted.map(({ step, country, weight }) => ({ step, country, share: toPpm([weight, whole - weight])[0] }));
}

/**
 * @param {Pack} pack
 * @param {Context} context
 * @returns {Reason[]}
 */
function endItem(pack, context) {
  const { country } = context.end_item;
  if (!pack.end_item || country === null || !refuses(pack, country)) return [];
  return [{ element: BODY, stage: "end-item", country, share_ppm: PPM, batch: "" }];
}

/**
 * @param {Subject} subject
 * @param {string} element
 * @param {StepTest} test
 * @returns {Need[]}
 */
function need(subject, element, test) {
  if (massesOf(subject, element).size === 0) {
    return [{ element, stages: [], share_ppm: PPM, what: nothingKnown(element), batch: "" }];
  }
  const share = shareOf(subject, element, (route) => !isKnown(test, route));
  if (share === 0) return [];
  const what =
    `Where ${amount(share)} of the ${nameOf(element)} was ${test.done} is not known.` +
    ` A record or a declaration with the country of ${either(test.steps)} would settle it.`;
  return [{ element, stages: test.steps, share_ppm: share, what, batch: "" }];
}

/** @param {string} element */
function nothingKnown(element) {
  if (element === BODY) return "Nothing is known of the magnet's body. The record that made it would settle it.";
  return (
    `How much ${element} the magnet holds, and from where, is not known.` +
    ` Its composition and the routes of its ${element} would settle it.`
  );
}

/**
 * A share in words: `all`, or the ppm.
 * @param {number} share
 */
export function amount(share) {
  return share === PPM ? "all" : `${grouped(share)} ppm`;
}

/**
 * An element, or the body, as the object of a sentence.
 * @param {string} element
 */
export function nameOf(element) {
  return element === BODY ? "magnet's body" : element;
}

/**
 * `alloy, strip-cast or melt-spin`.
 * @param {string[]} steps
 */
export function either(steps) {
  return steps.length === 1 ? steps[0] : `${steps.slice(0, -1).join(", ")} or ${steps[steps.length - 1]}`;
}

/** @param {Reason} r */
export function reasonKey(r) {
  return [r.element, r.stage, r.country, r.share_ppm, r.batch];
}

/** @param {Need} n */
export function needKey(n) {
  return [n.element, n.stages, n.share_ppm, n.what, n.batch];
}

/**
 * Each value once, in the order of its key.
 * @template T
 * @param {T[]} values
 * @param {(value: T) => unknown[]} key
 * @returns {T[]}
 */
export function sortedOnce(values, key) {
  const once = new Map(values.map((value) => [JSON.stringify(value), value]));
  return [...once.values()].sort((a, b) => byMembers(key(a), key(b)));
}

/**
 * The order of two lists: by their first members that differ, the shorter first.
 * @param {unknown[]} one
 * @param {unknown[]} other
 * @returns {number}
 */
export function byMembers(one, other) {
  for (let place = 0; place < Math.min(one.length, other.length); place += 1) {
    const [a, b] = [one[place], other[place]];
    const order =
      Array.isArray(a) && Array.isArray(b) ? byMembers(a, b) : compare(/** @type {any} */ (a), /** @type {any} */ (b));
    if (order !== 0) return order;
  }
  return one.length - other.length;
}
