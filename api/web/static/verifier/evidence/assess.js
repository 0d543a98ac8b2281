/**
 * The verdict on a delivery to the US Department of Defense, by dated rule pack (ledger/report/assess.py).
 *
 * @typedef {import("./packs.js").Pack} Pack
 * @typedef {import("./packs.js").Context} Context
 * @typedef {import("./model.js").Subject} Subject
 * @typedef {{
 *   rule_pack: string, pack_digest: string, delivered: string, verdict: string, strict: string, ground: string,
 *   reasons: import("./packs.js").Reason[], needs: import("./packs.js").Need[],
 *   remarks: import("./remarks.js").Remark[], assumed: Record<string, unknown>,
 * }} Verdict
 */

import { GROUNDS, firstMet } from "./exceptions.js";
import { FAIL, PASS, UNKNOWN, worst } from "./model.js";
import { findings, inOrder, needKey, packsFor, reasonKey, sortedOnce } from "./packs.js";
import { chainRemarks, contextRemarks, remark, remarkKey } from "./remarks.js";

/**
 * The verdicts on a magnet: none without a day of delivery, and none for a batch that is not said to be a magnet.
 * @param {Subject} subject
 * @param {Context} context
 * @returns {Verdict[]}
 */
export function assess(subject, context) {
  if (context.delivered === null) return [];
  return packsFor(subject.magnet_type, context.delivered).map((pack) => judge(pack, subject, context));
}

/**
 * The worst verdict on the magnets of an assembly, for each pack that applies to one of them.
 *
 * A magnet whose type nobody stated may be of either kind: it counts in every pack.
 * @param {Subject[]} subjects
 * @param {Context} context
 * @returns {Verdict[]}
 */
export function assessAssembly(subjects, context) {
  if (context.delivered === null) return [];
  const kinds = subjects.map((subject) => subject.magnet_type);
  const stated = new Set(kinds.filter((kind) => packsFor(kind, context.delivered).length > 0));
  if (stated.size === 0 && kinds.includes(null)) stated.add("NdFeB");
  const packs = new Map(
    [...stated].flatMap((kind) => packsFor(kind, context.delivered)).map((pack) => [pack.id, pack]),
  );
  return inOrder([...packs.values()]).map((pack) => worstVerdict(pack, subjects, context));
}

/**
 * What one pack says of one magnet.
 * @param {Pack} pack
 * @param {Subject} subject
 * @param {Context} context
 * @returns {Verdict}
 */
function judge(pack, subject, context) {
  const [ground, remarks] = firstMet(pack, subject, context); // rows 0 to 4
  const plain = findings(pack, subject, context, false); // rows 5 to 10
  const strict = findings(pack, subject, context, true);
  remarks.push(...contextRemarks(pack, context), ...chainRemarks(pack, subject, plain, strict));
  const verdict = {
    rule_pack: pack.id,
    pack_digest: pack.digest,
    delivered: context.delivered,
    verdict: plain.verdict,
    strict: strict.verdict,
    ground: "chain",
    reasons: plain.reasons,
    needs: plain.verdict === UNKNOWN ? plain.needs : [],
    assumed: context.given,
  };
  if (ground !== null) {
    if (plain.verdict !== PASS) {
      const what = `Without this exception the chain's own tests would give ${plain.verdict}.`;
      remarks.push(remark("chain-alone", what));
    }
    Object.assign(verdict, { verdict: PASS, strict: PASS, ground, reasons: [], needs: [] });
  }
  return { ...verdict, remarks: sortedOnce(remarks, remarkKey) };
}

/**
 * One verdict for several magnets; its ground is that of the worst, the chain's before any exception's.
 * @param {Pack} pack
 * @param {Subject[]} subjects
 * @param {Context} context
 * @returns {Verdict}
 */
function worstVerdict(pack, subjects, context) {
  const meant = subjects.filter((s) => s.magnet_type === null || pack.magnet_types.includes(s.magnet_type));
  const judged = meant.map((subject) => ({ batch: subject.batch, found: judge(pack, subject, context) }));
  const verdict = worst(judged.map(({ found }) => found.verdict));
  const grounds = judged.filter(({ found }) => found.verdict === verdict).map(({ found }) => found.ground);
  /** @type {<T>(listed: (found: Verdict) => T[]) => T[]} */
  const named = (listed) => judged.flatMap(({ batch, found }) => listed(found).map((each) => ({ ...each, batch })));
  return {
    ...judged[0].found,
    verdict,
    strict: worst(judged.map(({ found }) => found.strict)),
    ground: /** @type {string} */ (GROUNDS.find((ground) => grounds.includes(ground))),
    reasons: sortedOnce(
      named((found) => found.reasons),
      reasonKey,
    ),
    needs:
      verdict === FAIL
        ? []
        : sortedOnce(
            named((found) => found.needs),
            needKey,
          ),
    remarks: sortedOnce(
      named((found) => found.remarks),
      remarkKey,
    ),
  };
}

/**
 * A verdict as printed.
 * @param {Verdict} found
 * @returns {Record<string, unknown>}
 */
export function verdictAsJson(found) {
  return {
    ...found,
    needs: found.needs.map((need) => withoutEmpty(need, ["batch"])),
    reasons: found.reasons.map((reason) => withoutEmpty(reason, ["batch"])),
    remarks: found.remarks.map((each) => withoutEmpty(each, ["batch", "country", "element", "share_ppm", "stages"])),
  };
}

/**
 * @param {Record<string, any>} value
 * @param {string[]} names - the members that are left out where they say nothing
 */
function withoutEmpty(value, names) {
  const empty = (/** @type {any} */ each) => each === "" || each === 0 || (Array.isArray(each) && each.length === 0);
  return Object.fromEntries(Object.entries(value).filter(([name, each]) => !names.includes(name) || !empty(each)));
}
