// The fixed shape of a record (docs/formats/record.md): what stands in the clear, and what each disclosure holds.

import { violation } from "./errors.js";
import { isObject } from "./json.js";
import { isKey } from "./jsonfault.js";

const VERSION = "lodestone-record/1";
const CLEAR = new Set(["v", "log", "type"]);
const CLEAR_OF_KEYS = new Set([...CLEAR, "keys", "use", "op"]);
const RESERVED = new Set(["_sd", "_sd_alg", "..."]);

/**
 * A member that does not open whole: an object of `_sd`, or a list of such objects; and the parts inside them.
 * @typedef {{isList: boolean, parts: Map<string, Part>}} Part
 * @typedef {Map<string, Part>} Parts
 */

const object = (parts) => ({ isList: false, parts });
const objects = (parts) => ({ isList: true, parts });

const NOTHING = new Map();
const ORIGIN = [["origin", object(NOTHING)]];
const OUTPUT = new Map([...ORIGIN, ["contents", objects(new Map(ORIGIN))]]);
const LISTS = ["inputs", "batches", "accepted", "additions", "evidence"];
const RECORD = new Map([
  ...ORIGIN,
  ...LISTS.map((name) => [name, objects(new Map(ORIGIN))]),
  ["outputs", objects(OUTPUT)],
]);
const CORRECTION = new Map([...RECORD, ["body", object(RECORD)]]);

/**
 * What a record of this type has besides members that open whole.
 * @param {unknown} kind
 * @returns {Parts}
 */
export function partsOf(kind) {
  return kind === "correction" ? CORRECTION : RECORD;
}

/**
 * The members that a record of this type has in the clear, where it has them.
 * @param {unknown} kind
 * @returns {Set<string>}
 */
export function clearMembers(kind) {
  return kind === "organization" || kind === "key" ? CLEAR_OF_KEYS : CLEAR;
}

/**
 * Whether a disclosed member may be called so.
 * @param {unknown} name
 * @returns {boolean}
 */
export function isName(name) {
  return typeof name === "string" && isKey(name) && !RESERVED.has(name) && !name.includes(".");
}

/**
 * Whether a value that opens whole uses a name that is reserved for digests, at any depth.
 * @param {unknown} value
 * @returns {boolean}
 */
export function holdsDigests(value) {
  if (isObject(value)) return Object.keys(value).some((name) => RESERVED.has(name) || holdsDigests(value[name]));
  return Array.isArray(value) && value.some(holdsDigests);
}

/**
 * What is wrong with the members in the clear; their digests are the business of opening.
 * @param {Record<string, unknown>} claims
 * @returns {import("./errors.js").Violation[]}
 */
export function checkClaims(claims) {
  const wrong = [];
  if (claims.v !== VERSION) wrong.push(violation("malformed", `expected "${VERSION}"`, "v"));
  for (const name of ["log", "type"]) {
    if (typeof claims[name] !== "string") wrong.push(violation("malformed", "expected a text in the clear", name));
  }
  if (claims._sd_alg !== "sha-256") wrong.push(violation("malformed", 'expected "sha-256"', "_sd_alg"));
  if (!Array.isArray(claims._sd)) wrong.push(violation("malformed", "expected a list of digests", "_sd"));
  const clear = clearMembers(claims.type);
  for (const name of Object.keys(claims)) {
    if (clear.has(name)) {
      if (holdsDigests(claims[name])) {
        wrong.push(violation("malformed", "a member in the clear holds no digests", name));
      }
    } else if (name !== "_sd" && name !== "_sd_alg") {
      wrong.push(violation("malformed", "this member is never in the clear, only a disclosure", name));
    }
  }
  return wrong;
}
