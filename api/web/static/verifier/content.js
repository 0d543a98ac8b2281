// What a report's own parts must say of each other: open cells are gaps, and recycled content is held against the target.

import { FAILED } from "./result.js";
import { byCodePoint } from "./text.js";

/** The target of a closed loop: 30 % recovered. */
const CLOSED_LOOP_PPM = 300_000;

/** From delivery, to state what could not be stated (section 857(a)(3)). */
export const FOLLOW_UP_DAYS = 180;

const ELEMENT_BUCKETS = ["mined", "refined", "metals_and_alloys"];
const BODY_BUCKETS = ["sintered_or_bonded", "magnetized"];
const BODY = "*";

/**
 * Recycled content held against the target, as a report prints it.
 * @param {Record<string, Record<string, number>>} shares
 * @returns {object}
 */
export function againstTarget(shares) {
  const held = Object.create(null);
  for (const name of Object.keys(shares)) held[name] = heldAgainst(shares[name]);
  return { target_ppm: CLOSED_LOOP_PPM, counts: ["post-consumer", "pre-consumer"], shares: held };
}

function heldAgainst({ post_consumer_ppm: post, pre_consumer_ppm: pre, unknown_ppm: unknown }) {
  const met = (share) => {
    if (share >= CLOSED_LOOP_PPM) return "yes";
    return share + unknown < CLOSED_LOOP_PPM ? "no" : "unknown";
  };
  return {
    post_consumer_ppm: post,
    pre_consumer_ppm: pre,
    recovered_ppm: post + pre,
    met: met(post + pre),
    post_consumer_met: met(post),
  };
}

/**
 * Every open cell of the statement is a gap, and nothing else: both are printed, so this is exact.
 * @param {any[]} printed
 * @param {any} statement
 * @param {import("./result.js").Outcome} outcome
 */
export function compareGaps(printed, statement, outcome) {
  const rows = Object.keys(statement.elements).flatMap((element) =>
    ELEMENT_BUCKETS.map((bucket) => [element, bucket, statement.elements[element][bucket]]),
  );
  rows.push(...BODY_BUCKETS.map((bucket) => [BODY, bucket, statement[bucket]]));
  const wanted = keyed(
    rows.flatMap(([element, bucket, cells]) => {
      const open = cells.filter((cell) => cell.basis === "unknown");
      return open.map((cell) => [element, bucket, cell.reason ?? "", cell.share_ppm]);
    }),
  );
  const listed = keyed(printed.map((gap) => [gap.element, gap.bucket, gap.reason, gap.share_ppm]));
  outcome.compared += 1;
  const apart = [
    ...[...wanted].filter(([key]) => !listed.has(key)),
    ...[...listed].filter(([key]) => !wanted.has(key)),
  ].map(([, gap]) => gap);
  if (apart.length > 0) {
    const [element, bucket] = apart.sort(byParts)[0];
    outcome.note(FAILED, `gaps: ${bucket} of ${element} differs from the statement's open cells`);
  }
}

function keyed(gaps) {
  return new Map(gaps.map((gap) => [JSON.stringify(gap), gap]));
}

function byParts(one, other) {
  for (const at of [0, 1, 2]) {
    const order = byCodePoint(one[at], other[at]);
    if (order !== 0) return order;
  }
  return one[3] - other[3];
}
