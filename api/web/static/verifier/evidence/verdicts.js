/**
 * Printed verdicts, held against those that follow from the routes (ledger/bundle/compare.py).
 *
 * @typedef {import("./assess.js").Verdict} Verdict
 * @typedef {import("./subjects.js").Tolerance} Tolerance
 * @typedef {import("../result.js").Outcome} Outcome
 */

import { sameValue } from "../json.js";
import { FAILED, NOT_CHECKED } from "../result.js";
import { grouped } from "../text.js";
import { ROUNDED_MG_PPM } from "./compare.js";
import { FAIL, PASS } from "./model.js";
import { byMembers } from "./packs.js";

/** @type {Record<string, number>} */
const ORDER = { PASS: 0, UNKNOWN: 1, FAIL: 2 };

/**
 * Hold verdicts against those that follow from the routes.
 *
 * `computed` follows from all routes, `least` from those alone that no rounding can have made: of the two it is the
 * milder. What lies between them is not checked.
 * @param {any[]} printed
 * @param {Verdict[]} computed
 * @param {Verdict[]} least
 * @param {Tolerance} tolerance
 * @param {Outcome} outcome
 * @param {string} [where]
 */
export function compareVerdicts(printed, computed, least, tolerance, outcome, where = "verdicts") {
  outcome.compared += printed.length;
  const expected = computed.map((verdict) => verdict.rule_pack);
  if (
    !sameValue(
      printed.map((verdict) => verdict.rule_pack),
      expected,
    )
  ) {
    outcome.note(FAILED, `${where}: expected those of ${expected.join(", ") || "no rule pack"}`);
    return;
  }
  printed.forEach((stated, number) => {
    const right = computed[number];
    const at = `${where}[${number}]`;
    if (stated.pack_digest !== right.pack_digest) {
      outcome.note(NOT_CHECKED, `${at}: this version holds another edition of the rule pack ${stated.rule_pack}`);
    } else if (stated.delivered !== right.delivered || !sameValue(stated.assumed, right.assumed)) {
      outcome.note(FAILED, `${at}: it is not for the delivery that the report states`);
    } else {
      compareVerdict(stated, right, least[number], tolerance, outcome, at);
    }
  });
}

/**
 * @param {any} stated
 * @param {Verdict} right
 * @param {Verdict} mildest
 * @param {Tolerance} tolerance
 * @param {Outcome} outcome
 * @param {string} at
 */
function compareVerdict(stated, right, mildest, tolerance, outcome, at) {
  const withheld = tolerance.mostHidden > 0;
  if (sameAnswer(stated, right) && !withheld) {
    compareReasons(stated, right, tolerance, outcome, at);
    return;
  }
  for (const name of /** @type {("verdict" | "strict")[]} */ (["verdict", "strict"])) {
    let [worst, best] = [right[name], mildest[name]];
    if (withheld) [worst, best] = [FAIL, best === FAIL ? FAIL : PASS];
    if (ORDER[stated[name]] < ORDER[best] || ORDER[stated[name]] > ORDER[worst]) {
      outcome.note(FAILED, `${at}.${name}: ${stated[name]}, but the records give ${right[name]}`);
      return;
    }
  }
  if (sameAnswer(right, mildest) && !withheld) {
    outcome.note(FAILED, `${at}.ground: ${stated.ground}, but the records give ${right.ground}`);
    return;
  }
  const why = withheld ? "the evidence withholds" : "is less than the rounding of shares";
  outcome.note(NOT_CHECKED, `${at}: ${stated.verdict} hangs on what ${why}`);
}

/**
 * @param {any} one
 * @param {any} other
 */
function sameAnswer(one, other) {
  return one.verdict === other.verdict && one.strict === other.strict && one.ground === other.ground;
}

/**
 * The same reasons and needs with the same shares, as far as shares can be known.
 * @param {any} stated
 * @param {Verdict} right
 * @param {Tolerance} tolerance
 * @param {Outcome} outcome
 * @param {string} at
 */
function compareReasons(stated, right, tolerance, outcome, at) {
  const reason = (/** @type {any} */ r) => [r.batch ?? "", r.element, r.stage, r.country];
  const need = (/** @type {any} */ n) => [n.batch ?? "", n.element, ...n.stages];
  for (const [name, key] of /** @type {["reasons" | "needs", (each: any) => string[]][]} */ ([
    ["reasons", reason],
    ["needs", need],
  ])) {
    const printed = byKey(stated[name], key);
    const computed = byKey(right[name], key);
    const keys = [...new Map([...printed, ...computed]).values()].map(([each]) => each).sort(byMembers);
    for (const each of keys) {
      const [said, found] = [printed, computed].map((shares) => shares.get(JSON.stringify(each))?.[1] ?? 0);
      const off = Math.abs(said - found);
      if (off > tolerance.of(each[1]) + 1) {
        const where = `${at}.${name}: ${each.slice(1).join(" ")} is ${grouped(said)} ppm, the records give`;
        outcome.note(off > ROUNDED_MG_PPM ? FAILED : NOT_CHECKED, `${where} ${grouped(found)}`);
      }
    }
  }
}

/**
 * @param {any[]} listed
 * @param {(each: any) => string[]} key
 * @returns {Map<string, [string[], number]>}
 */
function byKey(listed, key) {
  return new Map(listed.map((each) => [JSON.stringify(key(each)), [key(each), each.share_ppm]]));
}
