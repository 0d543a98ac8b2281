/**
 * Records as far as they are disclosed: every member may be missing, and an element that is withheld is null
 * (ledger/bundle/partial.py). What is there has the type that a record of this kind must have.
 *
 * @typedef {{
 *   material: string | null, composition: Map<string, number> | null, magnet_type: string | null,
 *   consolidation: string | null, coating: string | null, grade: string | null, form: string | null,
 *   lot: string | null, contents: ({batch: string | null} | null)[] | null,
 * }} Output
 * @typedef {{type: "source" | "process" | "transfer" | "receive"} & Record<string, any>} Story
 */

import { VerificationError } from "../errors.js";
import { DATA } from "./data.js";
import {
  BATCH,
  COMPOSITION,
  COUNTRY,
  DIGEST,
  MASS,
  Misfit,
  SHARES,
  STAGES,
  STEP,
  listOf,
  objectOf,
  oneOf,
  orHole,
  text,
} from "./fields.js";
import { DECLARED, TRACED } from "./routes.js";

const WORDS = DATA.vocabulary;
const ANY_TEXT = text(0, Infinity);

/**
 * @param {Record<string, import("./fields.js").Reader<any>>} members
 */
function part(members) {
  return objectOf({}, members, { open: true });
}

/** @param {import("./fields.js").Reader<any>} element */
function holed(element) {
  return listOf(orHole(element));
}

const ORIGIN = part({
  kind: oneOf(["mined", "recycled", "declared", "undisclosed"]),
  feed: oneOf(["post-consumer", "pre-consumer"]),
  stages: STAGES,
});
const LINK = { batch: BATCH, mass_mg: MASS };
const OUTPUT = part({
  material: oneOf(WORDS.materials),
  composition: COMPOSITION,
  magnet_type: oneOf(WORDS.magnet_types),
  consolidation: ANY_TEXT,
  coating: ANY_TEXT,
  grade: ANY_TEXT,
  form: ANY_TEXT,
  lot: ANY_TEXT,
  contents: holed(part(LINK)),
});
const MADE = {
  country: COUNTRY,
  owner_country: COUNTRY,
  operated: oneOf(["self", "other"]),
  outputs: holed(OUTPUT),
  facility: DIGEST,
};

/** @type {Map<string, import("./fields.js").Reader<any>>} */
const READERS = new Map([
  ["source", part({ ...MADE, origin: ORIGIN })],
  [
    "process",
    part({
      ...MADE,
      steps: listOf(STEP),
      inputs: holed(part({ ...LINK, step: STEP, shares: SHARES })),
      additions: holed(part({ step: STEP, origin: ORIGIN, shares: SHARES })),
      undetermined: SHARES,
      custody: oneOf(WORDS.custody_models),
    }),
  ],
  ["transfer", part({ batches: holed(part(LINK)), terms: oneOf(WORDS.terms) })],
  ["receive", part({ transfer: DIGEST, accepted: holed(part(LINK)) })],
]);

/**
 * An output of which nothing is disclosed.
 * @type {Output}
 */
export const NO_OUTPUT = Object.freeze(OUTPUT(new Map(), ""));

/**
 * The record as far as it is disclosed; null for a type that tells nothing of material. `basis` says how its place is
 * known.
 * @param {any} entry
 * @param {any} opened
 * @returns {Story | null}
 */
export function readStory(entry, opened) {
  const type = opened.get("type");
  const reader = READERS.get(type);
  if (reader === undefined) return null;
  try {
    const said = reader(opened, "");
    return { ...said, type, basis: said.operated === "self" ? TRACED : DECLARED };
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    throw new VerificationError(`${entry}, ${error.member}: ${error.message}`);
  }
}
