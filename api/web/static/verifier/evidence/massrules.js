/**
 * The rules that a wholly disclosed record keeps (ledger/rules: mass_balance, contents, custody, steps).
 *
 * @typedef {import("./making.js").Facts} Facts
 * @typedef {[string, string]} Violation - the member, and what is wrong with it
 */

import { sorted } from "../text.js";
import { balanceOf, isHandling, isShaped, placeOf, signedShares, wholeMasses } from "./balance.js";
import { DATA } from "./data.js";
import { isDismantling } from "./making.js";
import { PPM, formatMass } from "./quantity.js";
import { FORMING, stepsFrom } from "./routes.js";

const ADDED_IN_AIR = new Set(DATA.vocabulary.added_in_air);
const UNFORMABLE = new Set(DATA.vocabulary.unformable_materials);
const RULES = [
  compositionSums,
  elementsBalance,
  totalBalance,
  contentsLinked,
  sharesSigned,
  sourceBatch,
  stepsPossible,
];

/**
 * The first rule of mass that a record breaks, or null.
 * @param {Facts} facts
 * @returns {Violation | null}
 */
export function firstBroken(facts) {
  for (const rule of RULES) {
    const [first] = rule(facts);
    if (first !== undefined) return first;
  }
  return null;
}

/** @param {Facts} facts @returns {Violation[]} */
function compositionSums({ record }) {
  if (record.type === "transfer") return [];
  const exceeding = (/** @type {string} */ name) =>
    (record[name] ?? []).flatMap((/** @type {any} */ entry, /** @type {number} */ place) => {
      const total = [...(entry.composition?.values() ?? [])].reduce((whole, ppm) => whole + ppm, 0);
      const sentence = `The composition sums to ${total} ppm: expected at most 1,000,000.`;
      return total > PPM ? [[`${name}[${place}].composition`, sentence]] : [];
    });
  return [...exceeding("outputs"), ...exceeding("additions")];
}

/** @param {Facts} facts @returns {Violation[]} */
function elementsBalance(facts) {
  if (facts.record.type !== "process") return [];
  const balance = balanceOf(facts);
  return sorted(balance.exceeded.keys()).flatMap((element) => {
    const out = /** @type {bigint} */ (balance.takenOut.get(element));
    const before = balance.putIn.get(element) ?? 0n;
    const sentence = `${formatMass(out)} of ${element} comes out of ${formatMass(before)} that went in.`;
    const places = /** @type {number[]} */ (balance.exceeded.get(element));
    return places.map((place) => /** @type {Violation} */ ([`outputs[${place}].composition.${element}`, sentence]));
  });
}

/** @param {Facts} facts @returns {Violation[]} */
function totalBalance({ record }) {
  if (record.type !== "process" || record.steps.some((/** @type {string} */ step) => ADDED_IN_AIR.has(step))) return [];
  const { putIn, out } = wholeMasses(record);
  return out > putIn ? [["outputs", `${formatMass(out)} comes out of ${formatMass(putIn)} that went in.`]] : [];
}

/** @param {Facts} facts @returns {Violation[]} */
function contentsLinked(facts) {
  const { record } = facts;
  if (record.type === "transfer") return [];
  const linking =
    record.type === "process" && (record.steps.includes("assemble") || record.steps.includes("dismantle"));
  if (!linking) {
    const sentence = "Only assemble and dismantle state contents.";
    return record.outputs.flatMap((/** @type {any} */ output, /** @type {number} */ place) =>
      output.contents === null ? [] : [[`outputs[${place}].contents`, sentence]],
    );
  }
  const available = isDismantling(facts) ? inside(facts) : putIn(facts);
  /** @type {Violation[]} */
  const wrong = [];
  record.outputs.forEach((/** @type {any} */ output, /** @type {number} */ i) => {
    (output.contents ?? []).forEach((/** @type {any} */ content, /** @type {number} */ j) => {
      const member = `outputs[${i}].contents[${j}]`;
      const before = available.get(content.batch);
      const mass = BigInt(content.mass_mg);
      if (before === undefined) {
        wrong.push([`${member}.batch`, "Expected a batch that goes into this record."]);
        return;
      }
      if (mass > before) wrong.push([`${member}.mass_mg`, "More is inside than went in of this batch."]);
      available.set(content.batch, mass > before ? 0n : before - mass);
    });
  });
  return wrong;
}

/** @param {Facts} facts @returns {Map<string, bigint>} */
function putIn({ record }) {
  const available = new Map();
  for (const { batch, mass_mg: mass } of record.inputs)
    available.set(batch, (available.get(batch) ?? 0n) + BigInt(mass));
  return available;
}

/** @param {Facts} facts @returns {Map<string, bigint>} */
function inside({ record, taken }) {
  const available = new Map();
  taken.forEach(({ batch }, place) => {
    const drawn = BigInt(record.inputs[place].mass_mg);
    for (const content of batch?.contents ?? []) {
      const mass = (content.mass * drawn) / /** @type {import("./making.js").Batch} */ (batch).mass;
      available.set(content.batch, (available.get(content.batch) ?? 0n) + mass);
    }
  });
  return available;
}

/** @param {Facts} facts @returns {Violation[]} */
function sharesSigned(facts) {
  const { record } = facts;
  if (record.type !== "process") return [];
  const entries = [...record.inputs, ...(record.additions ?? [])];
  const stated = [...entries.map((entry) => entry.shares), record.undetermined].map((shares) => shares ?? new Map());
  const linked = record.steps.includes("assemble") || isDismantling(facts);
  const expected = linked ? stated.map(() => new Map()) : signedShares(facts);
  const names = [
    ...record.inputs.map((/** @type {any} */ _, /** @type {number} */ place) => `inputs[${place}].shares`),
    ...(record.additions ?? []).map(
      (/** @type {any} */ _, /** @type {number} */ place) => `additions[${place}].shares`,
    ),
    "undetermined",
  ];
  return names.flatMap((name, place) => {
    const [said, right] = [stated[place], expected[place]];
    const elements = sorted(new Set([...said.keys(), ...right.keys()])).filter((e) => said.get(e) !== right.get(e));
    if (elements.length === 0) return [];
    const shown = [...right].map(([element, ppm]) => `'${element}': ${ppm}`).join(", ");
    const sentence = `Expected ${name} to be ${shown ? `{${shown}}` : "absent"}: ${elements.join(", ")} differ.`;
    return [/** @type {Violation} */ ([name, sentence])];
  });
}

/** @param {Facts} facts @returns {Violation[]} */
function sourceBatch({ record }) {
  if (record.type !== "process") return [];
  const sources = new Set(record.inputs.map((/** @type {any} */ entry) => entry.batch));
  if (record.custody === "book-and-claim") {
    return [["custody", "Book and claim decouples the claim from the material: no origin can be traced by it."]];
  }
  const blended = record.custody === "identity-preserved" && sources.size > 1;
  return blended ? [["custody", "An identity-preserved record has one source batch."]] : [];
}

/** @param {Facts} facts @returns {Violation[]} */
function stepsPossible(facts) {
  const { record, taken } = facts;
  if (record.type !== "process") return [];
  if (isHandling(record)) return handled(facts);
  const forming = record.steps.filter((/** @type {string} */ step) => FORMING.has(step));
  if (forming.length > 0) return formed(facts, [...new Set(forming)]);
  const shaped = taken.some(({ batch }) => batch !== null && isShaped(batch.material, batch.made));
  if (!record.steps.includes("magnetize") || shaped) return [];
  return [["steps", "Nothing formed goes in, and nothing is formed: it cannot be magnetized."]];
}

/** @param {Facts} facts @returns {Violation[]} */
function handled({ record, taken }) {
  const before = new Set(taken.map(({ batch }) => /** @type {import("./making.js").Batch} */ (batch).material));
  const sentence = `Handling changes no material: expected ${sorted(before).join(" or ")}.`;
  return record.outputs.flatMap((/** @type {any} */ output, /** @type {number} */ place) =>
    before.has(output.material) ? [] : [[`outputs[${place}].material`, sentence]],
  );
}

/** @param {Facts} facts @param {string[]} forming @returns {Violation[]} */
function formed({ record, taken }, forming) {
  if (record.steps.includes("reduce") || record.steps.includes("alloy")) return [];
  const where = placeOf(record);
  return forming.flatMap((step) => {
    const materials = taken
      .filter((_, place) => stepsFrom(where, record.inputs[place].step).includes(step))
      .map(({ batch }) => /** @type {import("./making.js").Batch} */ (batch).material);
    if (materials.length === 0 || !materials.every((material) => UNFORMABLE.has(material))) return [];
    const listed = sorted(new Set(materials)).join(", ");
    return [/** @type {Violation} */ (["steps", `${listed} cannot be formed by ${step} without a metal.`])];
  });
}
