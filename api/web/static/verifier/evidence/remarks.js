/**
 * What to read beside a verdict: nothing here ever decides one (ledger/report/remarks.py).
 *
 * @typedef {import("./packs.js").Pack} Pack
 * @typedef {import("./packs.js").Context} Context
 * @typedef {import("./packs.js").StepTest} StepTest
 * @typedef {import("./model.js").Subject} Subject
 * @typedef {{
 *   code: string, what: string, element: string, stages: string[], country: string, share_ppm: number, batch: string,
 * }} Remark
 * @typedef {{reasons: import("./packs.js").Reason[], needs: import("./packs.js").Need[]}} Findings
 */

import { amount, either, isKnown, nameOf, refuses, shareOf, tested, where } from "./packs.js";
import { compare } from "./quantity.js";
import { BODY, DECLARED, RARE_EARTHS } from "./routes.js";

/**
 * A remark with the members that it has.
 * @param {string} code
 * @param {string} what
 * @param {Partial<Remark>} [more]
 * @returns {Remark}
 */
export function remark(code, what, more = {}) {
  return { code, what, element: "", stages: [], country: "", share_ppm: 0, batch: "", ...more };
}

/** @param {Remark} r - what remarks are sorted by */
export function remarkKey(r) {
  return [r.batch, r.code, r.element, r.stages, r.country, r.what];
}

/**
 * What the request leaves open: another version of the clause, an older delivery, an end item without a country.
 * @param {Pack} pack
 * @param {Context} context
 * @returns {Remark[]}
 */
export function contextRemarks(pack, context) {
  const remarks = [];
  const number = pack.clause.split(" ", 1)[0];
  const { clause, delivered } = context;
  if (typeof clause === "string" && clause.includes(number) && clause.trim() !== pack.clause) {
    const what = `The contract carries ${clause}; this pack tests ${pack.clause}, which may say something else.`;
    remarks.push(remark("clause-version", what));
  }
  if (delivered !== null && delivered < pack.text_since) {
    const what = `The text tested here dates from ${pack.text_since}, after the delivery; an earlier one may differ.`;
    remarks.push(remark("earlier-text", what));
  }
  if (pack.end_item && context.end_item.country === null) {
    const what = "Where the end item is manufactured was not stated, so that was not tested.";
    remarks.push(remark("end-item-not-stated", what));
  }
  return remarks;
}

/**
 * What the strict reading adds, what rests on declarations, and steps that happened or are missing undecided.
 * @param {Pack} pack
 * @param {Subject} subject
 * @param {Findings} plain
 * @param {Findings} strict
 * @returns {Remark[]}
 */
export function chainRemarks(pack, subject, plain, strict) {
  const remarks = strictOnly(plain, strict);
  if (subject.magnet_type !== null) {
    remarks.push(...declared(pack, subject), ...notSeparated(pack, subject));
    remarks.push(...noted(pack, subject), ...listed(pack, subject), ...flagged(pack, subject));
  }
  if (subject.custody.includes("mass-balance")) {
    const what = "Some origins rest on mass balance: they hold for a period's flows, not for single pieces.";
    remarks.push(remark("mass-balance", what));
  }
  return remarks;
}

/**
 * The policy flag: what the law does not name, and the strict reading tests all the same.
 * @param {Findings} plain
 * @param {Findings} strict
 */
function strictOnly(plain, strict) {
  const before = new Set([...plain.reasons, ...plain.needs].map((each) => JSON.stringify(each)));
  const reasons = strict.reasons
    .filter((reason) => !before.has(JSON.stringify(reason)))
    .map((reason) => {
      const { element, stage, country, share_ppm } = reason;
      const what =
        `${passed(share_ppm, element, stage, country)}.` +
        ` The law does not name ${element}; the strict reading fails.`;
      return remark("strict-refused", what, { element, stages: [stage], country, share_ppm });
    });
  const needs = strict.needs.filter((need) => !before.has(JSON.stringify(need)));
  return [
    ...reasons,
    ...needs.map(({ what, element, stages, share_ppm }) =>
      remark("strict-unknown", what, { element, stages, share_ppm }),
    ),
  ];
}

/**
 * @param {Pack} pack
 * @param {Subject} subject
 */
function declared(pack, subject) {
  return pack.known.flatMap((test) => {
    const rests = (/** @type {import("./routes.js").Route} */ route) =>
      isKnown(test, route) && route.stages.some((stage) => stage.basis === DECLARED && test.steps.includes(stage.step));
    return tested(test, pack, subject, true).flatMap((element) => {
      const share_ppm = shareOf(subject, element, rests);
      if (share_ppm === 0) return [];
      const what = `Where ${amount(share_ppm)} of the ${nameOf(element)} was ${test.done} is declared, not traced.`;
      return [remark("declared", what, { element, stages: test.steps, share_ppm })];
    });
  });
}

/**
 * Named elements that are no rare earths: separation and reduction are not asked of them.
 * @param {Pack} pack
 * @param {Subject} subject
 */
function notSeparated(pack, subject) {
  const steps = pack.known.filter((test) => test.elements === "named-rare-earths").flatMap((test) => test.steps);
  if (steps.length === 0) return [];
  const named = [...pack.named[subject.magnet_type ?? ""]].sort(compare);
  return named
    .filter((element) => !RARE_EARTHS.has(element))
    .map((element) => {
      const what = `${element} needs no separation, so ${either(steps)} may be unknown.`;
      return remark("no-separation", what, { element, stages: steps });
    });
}

/**
 * @param {Pack} pack
 * @param {Subject} subject
 */
function noted(pack, subject) {
  return pack.noted.flatMap((test) =>
    tested(test, pack, subject, false).flatMap((element) => {
      const share_ppm = shareOf(subject, element, (route) => !isKnown(test, route));
      if (share_ppm === 0) return [];
      const unknown = `Where ${amount(share_ppm)} of the ${nameOf(element)} was ${test.done} is not known`;
      const what = `${unknown}; this does not decide.`;
      return [remark("not-recorded", what, { element, stages: test.steps, share_ppm })];
    }),
  );
}

/**
 * Steps in refused countries that never decide. What is said of the body is not said again of each element.
 * @param {Pack} pack
 * @param {Subject} subject
 */
function listed(pack, subject) {
  const refused = (/** @type {string} */ country) => refuses(pack, country);
  const remarks = [];
  for (const test of pack.listed) {
    const elements = tested(test, pack, subject, false);
    const ofBody = elements.includes(BODY) ? where(subject, BODY, test.steps, refused) : [];
    for (const element of elements) {
      for (const { step, country, share } of where(subject, element, test.steps, refused)) {
        if (element !== BODY && ofBody.some((place) => place.step === step && place.country === country)) continue;
        const what = `${passed(share, element, step, country)}; this does not decide.`;
        remarks.push(remark("does-not-decide", what, { element, stages: [step], country, share_ppm: share }));
      }
    }
  }
  return remarks;
}

/**
 * Countries of which it is an open question whether they are covered: the clause does not say.
 * @param {Pack} pack
 * @param {Subject} subject
 */
function flagged(pack, subject) {
  return pack.places.flatMap((test) =>
    tested(test, pack, subject, true).flatMap((element) =>
      where(subject, element, test.steps, (country) => pack.flagged.includes(country)).map(
        ({ step, country, share }) => {
          const open = "Whether it counts as covered is open; here it does not.";
          const what = `${passed(share, element, step, country)}. ${open}`;
          return remark("open-question", what, { element, stages: [step], country, share_ppm: share });
        },
      ),
    ),
  );
}

/**
 * @param {number} share
 * @param {string} element
 * @param {string} step
 * @param {string} country
 */
function passed(share, element, step, country) {
  const much = amount(share);
  return `${much[0].toUpperCase()}${much.slice(1)} of the ${nameOf(element)} passed ${step} in ${country}`;
}
