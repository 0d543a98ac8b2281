/**
 * Records that make batches, wholly disclosed: every member known, and what a record of its kind must have
 * (ledger/records). Only an auditor sees them so.
 */

import { VerificationError } from "../errors.js";
import { DATA } from "./data.js";
import {
  BATCH,
  COMPOSITION,
  COUNTRY,
  DIGEST,
  MASS,
  MOMENT,
  Misfit,
  SHARES,
  STAGES,
  STEP,
  TIME,
  WORD,
  byKind,
  either,
  formed,
  listOf,
  mapOf,
  objectOf,
  oneOf,
  passing,
  such,
  text,
  whole,
} from "./fields.js";
import { PPM } from "./quantity.js";
import { HANDLING, RARE_EARTHS } from "./routes.js";

const WORDS = DATA.vocabulary;
const SHARE = whole(0, PPM);
const MANY = 500;

const PARTY = objectOf({ name: WORD }, { country: COUNTRY });
const EVIDENCE = listOf(objectOf({ digest: DIGEST, kind: WORD }, { name: WORD }), 0, MANY);
const CHAIN = such(
  objectOf(
    { id: formed("[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]"), seq: whole(0, Number.MAX_SAFE_INTEGER) },
    { prev: DIGEST },
  ),
  (chain) => (chain.seq === 0) === (chain.prev === null),
  "prev in every record of a chain but the first",
);

const OUTPUT = objectOf(
  { lot: WORD, material: oneOf(WORDS.materials), mass_mg: MASS },
  {
    composition: COMPOSITION,
    basis: oneOf(WORDS.bases),
    assay: mapOf(formed("[A-Z][A-Za-z0-9]{0,11}"), SHARE),
    form: WORD,
    grade: WORD,
    serials: listOf(either(WORD, objectOf({ from: WORD, to: WORD })), 0, MANY),
    hs: formed("[0-9]{4,12}"),
    purity_ppm: SHARE,
    gross_mg: MASS,
    magnet_type: oneOf(WORDS.magnet_types),
    consolidation: oneOf(WORDS.consolidations),
    coating: WORD,
    contents: listOf(objectOf({ batch: BATCH, mass_mg: MASS }), 0, MANY),
  },
);

/** @param {string} kind */
function kindOf(kind) {
  return { kind: oneOf([kind]) };
}

const DECLARED = objectOf(kindOf("declared"), { stages: STAGES, supplier: either(WORD, PARTY) });
const UNDISCLOSED = objectOf(kindOf("undisclosed"), { inquiry: DIGEST });
const MINED = objectOf(kindOf("mined"), { mineral: WORD, deposit: WORD });
const RECYCLED = objectOf(
  { ...kindOf("recycled"), feed: oneOf(["post-consumer", "pre-consumer"]) },
  {
    product: WORD,
    collected: COUNTRY,
    was: listOf(BATCH, 0, MANY),
  },
);
const BOUGHT = { declared: DECLARED, undisclosed: UNDISCLOSED };

const ADDITION = such(
  objectOf(
    { material: text(1, 64), mass_mg: MASS },
    {
      composition: COMPOSITION,
      step: STEP,
      origin: byKind(BOUGHT),
      shares: SHARES,
    },
  ),
  (addition) => ![...(addition.composition ?? [])].some(([element, ppm]) => ppm > 0 && RARE_EARTHS.has(element)),
  "no rare earth in an addition: rare earths come only as batches",
);
const PERIOD = such(
  objectOf({ from: MOMENT, to: MOMENT }),
  ({ from, to }) => (to.includes("T") ? to : `${to}T23:59:59Z`) >= from,
  "a period that ends after it begins",
);

/** @param {string} type */
function header(type) {
  return { v: oneOf(["lodestone-record/1"]), log: text(1, 200), chain: CHAIN, at: TIME, type: oneOf([type]) };
}

const PLACE = { facility: DIGEST, country: COUNTRY, operated: oneOf(["self", "other"]) };
const OUTPUTS = { outputs: listOf(OUTPUT, 1, MANY) };
const TOLD = either(
  WORD,
  passing((value) => typeof value === "boolean" || typeof value === "number", "a text or a number"),
);

/** @type {Map<string, import("./fields.js").Reader<any>>} */
const READERS = new Map([
  [
    "source",
    objectOf(
      { ...header("source"), ...PLACE, origin: byKind({ mined: MINED, recycled: RECYCLED, ...BOUGHT }), ...OUTPUTS },
      { owner_country: COUNTRY, evidence: EVIDENCE },
    ),
  ],
  [
    "process",
    such(
      objectOf(
        {
          ...header("process"),
          ...PLACE,
          steps: listOf(STEP, 1, 60),
          inputs: listOf(objectOf({ batch: BATCH, mass_mg: MASS }, { step: STEP, shares: SHARES }), 1, MANY),
          ...OUTPUTS,
          custody: oneOf(WORDS.custody_models),
        },
        {
          owner_country: COUNTRY,
          additions: listOf(ADDITION, 0, MANY),
          undetermined: SHARES,
          period: PERIOD,
          attributes: mapOf(text(1, 64), TOLD),
          evidence: EVIDENCE,
        },
      ),
      stepsFit,
      "steps that fit each other, and the steps of every input and addition among them",
    ),
  ],
  [
    "transfer",
    objectOf(
      {
        ...header("transfer"),
        batches: listOf(objectOf({ batch: BATCH }, { mass_mg: MASS }), 1, MANY),
        to: either(DIGEST, objectOf({ external: PARTY })),
      },
      {
        terms: oneOf(WORDS.terms),
        documents: listOf(objectOf({ digest: DIGEST, kind: WORD }, { name: WORD }), 0, MANY),
      },
    ),
  ],
]);

/** @param {any} process */
function stepsFit(process) {
  const handling = process.steps.filter((/** @type {string} */ step) => HANDLING.has(step)).length;
  const entries = [...process.inputs, ...(process.additions ?? [])];
  return (
    (handling === 0 || handling === process.steps.length) &&
    entries.every((entry) => entry.step === null || process.steps.includes(entry.step)) &&
    !process.undetermined?.has("*")
  );
}

/**
 * The record of a node all of whose members are disclosed.
 * @param {import("./graph.js").Node} node
 * @returns {any}
 * @throws {VerificationError} a member is not as expected
 */
export function readRecord(node) {
  const reader = /** @type {import("./fields.js").Reader<any>} */ (READERS.get(node.said.type));
  try {
    return reader(node.record.opened, "");
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    throw new VerificationError(`${node.record.entry}, ${error.member}: ${error.message}`);
  }
}
