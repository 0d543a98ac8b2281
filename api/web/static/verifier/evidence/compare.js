/**
 * What a report prints, held against what follows from its evidence (ledger/bundle/compare.py).
 *
 * From shares a buyer knows every answer to within 1 ppm for each process on the way, and a little more where many
 * inputs were pooled. What is withheld may hide any answer: it widens every bound, and what it leaves open is not
 * checked.
 *
 * @typedef {import("./model.js").Subject} Subject
 * @typedef {import("./subjects.js").Tolerance} Tolerance
 * @typedef {import("./statement.js").Bucket} Bucket
 * @typedef {import("./statement.js").Answer} Answer
 * @typedef {Map<string, {said: Answer, share: number}>} Answers - by the key of each answer
 */

import { FAILED, NOT_CHECKED } from "../result.js";
import { grouped, sorted } from "../text.js";
import { lotsOf, massesOf, weightOf } from "./model.js";
import { byMembers } from "./packs.js";
import { PPM, PPM_BIG, sum } from "./quantity.js";
import { TOTAL, completeness, recycled } from "./recycled.js";
import { BODY, isHidden } from "./routes.js";
import { BENEATH, BODY_BUCKETS, ELEMENT_BUCKETS, UNKNOWN_BASIS, answer, said } from "./statement.js";
import { knownPart } from "./subjects.js";

/** A difference up to here may be the rounding of a small lot to whole milligrams, which a buyer cannot see. */
export const ROUNDED_MG_PPM = 1_000;

const TRACE_PPM = 1_000;
const NOTHING = said([], UNKNOWN_BASIS, "undetermined");

/**
 * Hold every list of cells against the routes.
 * @param {any} printed
 * @param {Subject} subject
 * @param {Tolerance} tolerance
 * @param {import("../result.js").Outcome} outcome
 * @param {string} [where]
 */
export function compareStatement(printed, subject, tolerance, outcome, where = "statement") {
  const elements = Object.keys(printed.elements);
  const differing = [
    ...elements.filter((element) => !subject.composition.has(element)),
    ...[...subject.composition.keys()].filter((element) => printed.elements[element] === undefined),
  ];
  if (differing.length > 0) {
    outcome.note(FAILED, `${where}.elements: ${sorted(differing).join(", ")} differ from the batch's composition`);
    return;
  }
  const hold = (
    /** @type {any[]} */ cells,
    /** @type {string} */ element,
    /** @type {Bucket} */ bucket,
    /** @type {string} */ at,
  ) => compareCells(cells, subject, element, bucket, tolerance, outcome, at);
  for (const element of elements) {
    for (const bucket of ELEMENT_BUCKETS) {
      hold(printed.elements[element][bucket.name], element, bucket, `${where}.elements.${element}.${bucket.name}`);
    }
  }
  for (const bucket of BODY_BUCKETS) hold(printed[bucket.name], BODY, bucket, `${where}.${bucket.name}`);
  for (const element of sorted(new Set([...subject.composition.keys(), ...Object.keys(printed.beneath ?? {})]))) {
    for (const bucket of BENEATH) {
      const cells = printed.beneath?.[element]?.[bucket.name] ?? [];
      const least = BigInt(tolerance.of(element) + tolerance.slack(element)) * weightOf(subject, element);
      if (cells.length > 0 || stepsOf(subject, element, bucket) * PPM_BIG > least) {
        hold(cells, element, bucket, `${where}.beneath.${element}.${bucket.name}`);
      }
    }
  }
}

/**
 * How much of an element has been through a step of a bucket.
 * @param {Subject} subject
 * @param {string} element
 * @param {Bucket} bucket
 */
function stepsOf(subject, element, bucket) {
  const through = [...massesOf(subject, element)].filter(([route]) =>
    route.stages.some((s) => bucket.steps.has(s.step)),
  );
  return sum(through.map(([, mass]) => mass));
}

/**
 * @param {any[]} printed
 * @param {Subject} subject
 * @param {string} element
 * @param {Bucket} bucket
 * @param {Tolerance} tolerance
 * @param {import("../result.js").Outcome} outcome
 * @param {string} where
 */
function compareCells(printed, subject, element, bucket, tolerance, outcome, where) {
  /** @type {Answers} */
  const listed = new Map();
  for (const cell of printed) {
    const found = said([...cell.countries], cell.basis, cell.reason ?? "");
    listed.set(found.key, { said: found, share: cell.share_ppm });
  }
  const nothing = listed.size === 1 && listed.get(NOTHING.key)?.share === PPM;
  if (nothing && (subject.composition.get(element) ?? PPM) <= TRACE_PPM) {
    outcome.note(NOT_CHECKED, `${where}: a trace that weighs less than a milligram has no origin`);
    return;
  }
  const expected = answersOf(subject, element, bucket);
  compareShares(listed, expected, tolerance.of(element), tolerance.slack(element), outcome, where);
}

/**
 * Answers with their shares in ppm of what is known, rounded down; nothing known at all is undetermined.
 * @param {Subject} subject
 * @param {string} element
 * @param {Bucket} bucket
 * @returns {Answers}
 */
function answersOf(subject, element, bucket) {
  const whole = weightOf(subject, element);
  if (whole === 0n) return new Map([[NOTHING.key, { said: NOTHING, share: PPM }]]);
  /** @type {Map<string, {said: Answer, weight: bigint}>} */
  const weights = new Map();
  for (const [material, masses] of lotsOf(subject, element)) {
    for (const [route, mass] of masses) {
      if (isHidden(route)) continue;
      const found = answer(route, bucket, material, element);
      const before = weights.get(found.key)?.weight ?? 0n;
      weights.set(found.key, { said: found, weight: before + mass });
    }
  }
  return new Map(
    [...weights].map(([key, { said: found, weight }]) => [
      key,
      { said: found, share: Number((weight * PPM_BIG) / whole) },
    ]),
  );
}

/**
 * Each printed share lies between the known one, and that with all that is withheld, a bound apart at most.
 * @param {Answers} printed
 * @param {Answers} expected
 * @param {number} tolerated
 * @param {number} slack
 * @param {import("../result.js").Outcome} outcome
 * @param {string} where
 */
function compareShares(printed, expected, tolerated, slack, outcome, where) {
  outcome.compared += 1;
  const bound = tolerated + 1; // printed shares are rounded to a ppm, ours down
  const invented = inOrder([...printed].filter(([key, { share }]) => share && !expected.has(key)))[0];
  if (invented !== undefined && !slack) {
    outcome.note(FAILED, `${where}: ${named(invented.said)} is ${grouped(invented.share)} ppm; no record gives any`);
    return;
  }
  const missing = inOrder([...expected].filter(([key, { share }]) => share > TRACE_PPM && !printed.get(key)?.share))[0];
  if (missing !== undefined && bound > PPM) {
    // shares are open, answers are not
    outcome.note(FAILED, `${where}: ${named(missing.said)} is missing, but a record gives some`);
    return;
  }
  let worst = 0;
  let which = "";
  for (const { said: found } of inOrder([...printed, ...expected])) {
    const low = expected.get(found.key)?.share ?? 0;
    const stated = printed.get(found.key)?.share ?? 0;
    const off = Math.max(low - stated, stated - low - slack, 0);
    if (off > worst) {
      worst = off;
      which = `${named(found)} is ${grouped(stated)} ppm, but the records give ${grouped(low)}`;
    }
  }
  if (worst <= bound) {
    const hang = `${where}: ${grouped(Math.min(slack, PPM))} ppm hang on what the evidence withholds`;
    if (slack) outcome.note(NOT_CHECKED, hang);
  } else if (bound > 1 && worst <= ROUNDED_MG_PPM) {
    outcome.note(NOT_CHECKED, `${where}: ${which}; a small lot, rounded to whole milligrams, can explain that`);
  } else {
    outcome.note(FAILED, `${where}: ${which}`);
  }
}

/**
 * Answers in the order of what they say.
 * @param {[string, {said: Answer, share: number}][]} answers
 */
function inOrder(answers) {
  const each = [...new Map(answers).values()];
  const key = (/** @type {Answer} */ found) => [found.countries, found.basis, found.reason];
  return each.sort((a, b) => byMembers(key(a.said), key(b.said)));
}

/** @param {Answer} found */
function named({ countries, basis, reason }) {
  return `the share of ${countries.join("/") || reason || basis} (${basis})`;
}

/**
 * Hold recycled content against the origins of routes.
 * @param {any} printed
 * @param {Subject} subject
 * @param {Tolerance} tolerance
 * @param {import("../result.js").Outcome} outcome
 * @param {string} [where]
 */
export function compareRecycled(printed, subject, tolerance, outcome, where = "recycled") {
  const computed = recycled(tolerance.mostHidden ? knownPart(subject) : subject);
  const names = Object.keys(printed.recycled);
  if (names.length !== computed.size || !names.every((name) => computed.has(name))) {
    outcome.note(FAILED, `${where}: expected exactly the elements of the composition and ${TOTAL}`);
    return;
  }
  for (const element of names) {
    const total = element === TOTAL;
    const bound = total ? tolerance.widest : tolerance.of(element);
    const slack = total ? tolerance.mostHidden : tolerance.slack(element);
    const right = /** @type {Record<string, number>} */ (computed.get(element));
    compareNumbers(printed.recycled[element], right, bound, slack, outcome, `${where}.${element}`);
  }
}

/**
 * Hold completeness against the routes.
 * @param {any} printed
 * @param {Subject} subject
 * @param {Tolerance} tolerance
 * @param {import("../result.js").Outcome} outcome
 * @param {string} [where]
 */
export function compareCompleteness(printed, subject, tolerance, outcome, where = "completeness") {
  const right = completeness(tolerance.mostHidden ? knownPart(subject) : subject);
  compareNumbers(printed.completeness, right, tolerance.widest, tolerance.mostHidden, outcome, where);
}

/**
 * @param {Record<string, number>} printed
 * @param {Record<string, number>} computed
 * @param {number} bound
 * @param {number} slack
 * @param {import("../result.js").Outcome} outcome
 * @param {string} where
 */
function compareNumbers(printed, computed, bound, slack, outcome, where) {
  if (Object.values(printed).reduce((total, share) => total + share, 0) !== PPM) {
    outcome.note(FAILED, `${where}: its shares do not sum to 1,000,000`);
    return;
  }
  const rest = BigInt(Math.max(0, PPM - slack));
  const answers = (/** @type {Record<string, number>} */ shares, /** @type {(share: number) => number} */ as) =>
    new Map(
      Object.entries(shares).map(([name, share]) => {
        const found = said([], name);
        return [found.key, { said: found, share: as(share) }];
      }),
    );
  const shrunk = answers(computed, (share) => Number((BigInt(share) * rest) / PPM_BIG));
  compareShares(
    answers(printed, (share) => share),
    shrunk,
    bound + 1,
    slack,
    outcome,
    where,
  );
}
