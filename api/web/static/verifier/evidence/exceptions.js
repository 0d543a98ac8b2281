/**
 * The exceptions of a rule pack, tried in order (ledger/report/exceptions.py).
 *
 * An exception with an unknown input is not applied. Where one was asked for and not applied, a remark says why.
 *
 * @typedef {import("./packs.js").Pack} Pack
 * @typedef {import("./packs.js").Context} Context
 * @typedef {import("./model.js").Subject} Subject
 * @typedef {import("./remarks.js").Remark} Remark
 * @typedef {{met: boolean, remark?: Remark}} Outcome
 */

import { massesOf } from "./model.js";
import { compare } from "./quantity.js";
import { RARE_EARTHS, RECYCLED_ORIGINS, TRACED, stageOf } from "./routes.js";
import { remark } from "./remarks.js";

/** What a verdict can rest on. */
export const GROUNDS = ["chain", "recycled", "cots", "electronic-device", "waiver", "clause-not-applicable"];

/** @type {Record<string, [string, (pack: Pack, subject: Subject, context: Context) => Outcome]>} */
const TESTS = {
  clause: ["clause-not-applicable", (_pack, _subject, context) => ({ met: context.clause === false })],
  "above-sat": ["clause-not-applicable", (_pack, _subject, context) => ({ met: context.above_sat === false })],
  "outside-us": ["clause-not-applicable", (_pack, _subject, context) => ({ met: context.outside_us === true })],
  waiver: ["waiver", (_pack, _subject, context) => waiver(context)],
  cots: ["cots", (_pack, _subject, context) => ({ met: context.end_item.cots === true })],
  "cots-below-half": ["cots", (_pack, _subject, context) => cotsBelowHalf(context.end_item)],
  "cots-incorporated": ["cots", (_pack, _subject, context) => cotsIncorporated(context.end_item)],
  "electronic-device": [
    "electronic-device",
    (_pack, _subject, context) => ({ met: context.end_item.electronic_device === true }),
  ],
  recycled: ["recycled", (pack, subject) => recycledException(pack, subject)],
};

/**
 * The ground of the first exception of the pack that is met, or null; and what to remark about those before it.
 * @param {Pack} pack
 * @param {Subject} subject
 * @param {Context} context
 * @returns {[string | null, Remark[]]}
 */
export function firstMet(pack, subject, context) {
  const remarks = notExceptions(pack, context);
  for (const name of pack.exceptions) {
    const [ground, test] = TESTS[name];
    const outcome = test(pack, subject, context);
    if (outcome.remark !== undefined) remarks.push(outcome.remark);
    if (outcome.met) return [ground, remarks];
  }
  return [null, remarks];
}

/**
 * @param {Context} context
 * @returns {Outcome}
 */
function waiver(context) {
  const given = context.waiver;
  if (given === null) return { met: false };
  if (given.bare) {
    const what = `Waiver ${given.id} was named without a period; whoever asked vouches that it covers this delivery.`;
    return { met: true, remark: remark("waiver", what) };
  }
  if (given.until === null) {
    const what = `Waiver ${given.id} was not applied: the day on which it ends is not known.`;
    return { met: false, remark: remark("waiver-not-applied", what) };
  }
  const delivered = context.delivered ?? "";
  if (delivered <= given.until && (given.since === null || given.since <= delivered)) {
    return { met: true, remark: remark("waiver", `Waiver ${given.id} covers the day of delivery.`) };
  }
  const what = `Waiver ${given.id} was not applied: the delivery is outside its period.`;
  return { met: false, remark: remark("waiver-not-applied", what) };
}

/**
 * From 2027 the exception ends at half covered material by weight, and for mill products not yet built in.
 * @param {Record<string, any>} item
 * @returns {Outcome}
 */
function cotsBelowHalf(item) {
  if (item.cots !== true) return { met: false };
  if (item.mill_product !== false) return cotsRefused("that the end item is no mill product was not stated");
  if (item.mass_mg === null || item.covered_mass_mg === null) {
    return cotsRefused("how much of the end item is covered material was not stated");
  }
  const covered = item.covered_mass_mg * 2 >= item.mass_mg;
  return covered ? cotsRefused("half or more of the end item is covered material") : { met: true };
}

/**
 * Only a magnet that is built into an off-the-shelf item: the item weighs more than its magnets.
 * @param {Record<string, any>} item
 * @returns {Outcome}
 */
function cotsIncorporated(item) {
  if (item.cots !== true) return { met: false };
  if (item.mass_mg === null || item.covered_mass_mg === null) {
    return cotsRefused("that the magnet is built into the end item was not stated by masses");
  }
  if (item.mill_product === true) return cotsRefused("a mill product is not built into anything yet");
  return item.covered_mass_mg >= item.mass_mg ? cotsRefused("the end item is nothing but the magnet") : { met: true };
}

/**
 * @param {string} why
 * @returns {Outcome}
 */
function cotsRefused(why) {
  return { met: false, remark: remark("cots-not-applied", `The off-the-shelf exception was not applied: ${why}.`) };
}

/**
 * @param {Pack} pack
 * @param {Subject} subject
 * @returns {Outcome}
 */
function recycledException(pack, subject) {
  const rule = pack.recycled;
  const kind = subject.magnet_type ?? "";
  if (rule === undefined || ![...rule.magnet_types, ...rule.remark_types].includes(kind)) return { met: false };
  const refused = whyNotRecycled(subject, rule);
  if (refused === null && rule.magnet_types.includes(kind)) return { met: true };
  if (refused === null) {
    const what =
      "The statute would permit this magnet as made from recycled material; the clause does not list its kind.";
    return { met: false, remark: remark("recycled-by-statute-only", what) };
  }
  if (refused === "") return { met: false };
  const what = `The exception for recycled material was not applied: ${refused}.`;
  return { met: false, remark: remark("recycled-not-applied", what) };
}

/**
 * Why a magnet is not made from recycled material in the sense of the rule; empty where nothing was recovered.
 * @param {Subject} subject
 * @param {NonNullable<Pack["recycled"]>} rule
 * @returns {string | null}
 */
function whyNotRecycled(subject, rule) {
  const rare = [...subject.composition.keys()].filter((element) => RARE_EARTHS.has(element)).sort(compare);
  const routes = rare.map((element) => ({ element, found: [...massesOf(subject, element).keys()] }));
  if (!subject.partlyWithheld || rare.length === 0) {
    if (!routes.some(({ found }) => found.some((route) => RECYCLED_ORIGINS.has(route.origin)))) return "";
    const unrouted = routes.find(({ found }) => found.length === 0);
    if (unrouted !== undefined) return `nothing is known of its ${unrouted.element}`;
  }
  for (const { element, found } of routes) {
    for (const route of found) {
      if (!RECYCLED_ORIGINS.has(route.origin)) return `some of its ${element} was not recovered`;
      for (const step of rule.steps) {
        if (!onlyThere(route, step, rule.country)) {
          return `${step} is not traced to ${rule.country} alone for all of its ${element}`;
        }
      }
    }
  }
  return null;
}

/**
 * @param {import("./routes.js").Route} route
 * @param {string} step
 * @param {string} country
 */
function onlyThere(route, step, country) {
  const stage = stageOf(route, step);
  return (
    stage !== undefined && stage.countries.length === 1 && stage.countries[0] === country && stage.basis === TRACED
  );
}

/**
 * What the context offers as an exception and this pack does not know as one.
 * @param {Pack} pack
 * @param {Context} context
 * @returns {Remark[]}
 */
function notExceptions(pack, context) {
  const offered = [
    ["outside-us", context.outside_us === true],
    ["waiver", context.waiver !== null],
    ["electronic-device", context.end_item.electronic_device === true],
  ];
  return offered
    .filter(([name, given]) => given && !pack.exceptions.includes(/** @type {string} */ (name)))
    .map(([name]) => remark("no-such-exception", `${pack.clause} is not lifted by what was stated about ${name}.`));
}
