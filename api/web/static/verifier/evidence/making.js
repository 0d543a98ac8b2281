/**
 * The batches that a wholly disclosed record makes, in milligrams (ledger/rules: balance, contents, outputs).
 *
 * @typedef {import("./table.js").Table} Table
 * @typedef {import("./table.js").Contribution} Contribution
 * @typedef {import("./routes.js").Place} Place
 * @typedef {{custody: Set<string>, owners: Map<string, Iterable<string>>}} Carried
 * @typedef {Map<string, number> | null} Composition
 * @typedef {{
 *   batch: string, material: string, mass: bigint, composition: Composition, said: any, routes: Table,
 * }} Content
 * @typedef {{
 *   id: string, material: string, mass: bigint, composition: Map<string, number> | null, said: any, made: Table,
 *   contents: Content[], carried: Carried, secondaryAt: number | null,
 * }} Batch
 * @typedef {{member: string, name: string, mass: bigint | null, batch: Batch | null}} Taken
 * @typedef {{record: any, id: string, taken: Taken[], rules: any, balance?: import("./balance.js").Balance}} Facts
 */

import { isShaped, placeOf, pooledOf, routesNow } from "./balance.js";
import { unionOf } from "./model.js";
import { apportion } from "./quantity.js";
import { BODY, DECLARED, HANDLING, TRACED, originRoute, routeOf } from "./routes.js";
import { draw, elementMasses, give, stamped, summed, tableOf } from "./table.js";

const CARRIERS = new Set(["assembly", "product"]);

/**
 * The batches that a record makes.
 * @param {Facts} facts
 * @returns {Batch[]}
 */
export function madeBy(facts) {
  if (facts.record.type === "source") return madeBySource(facts);
  return facts.record.type === "process" ? madeByProcess(facts) : partsOfTransfer(facts);
}

/**
 * Whether a process takes an assembly apart whose contents are known.
 * @param {Facts} facts
 */
export function isDismantling({ record, taken }) {
  return record.steps.includes("dismantle") && taken.some(({ batch }) => batch !== null && batch.contents.length > 0);
}

/**
 * @param {Facts} facts
 * @returns {Batch[]}
 */
function madeBySource(facts) {
  const { record } = facts;
  const mined = record.origin.kind === "mined";
  const owners = mined ? new Map([["mine", [record.owner_country ?? "unknown"]]]) : new Map();
  return record.outputs.map((/** @type {any} */ output, /** @type {number} */ place) => {
    const table = tableOf(massesOut(output), (element) => sourceRoute(record, element));
    return batchOf(facts, place, output, table, [], { custody: new Set(), owners });
  });
}

/**
 * @param {any} record
 * @param {string} element
 */
function sourceRoute({ origin, operated, country }, element) {
  const known = operated === "self" ? TRACED : DECLARED;
  if (origin.kind === "mined") return routeOf("mined", [{ step: "mine", countries: [country], basis: known }]);
  if (origin.kind === "recycled") return routeOf(origin.feed, [], known);
  return originRoute(origin.kind === "declared" ? (origin.stages ?? new Map()) : null, element);
}

/**
 * @param {Facts} facts
 * @returns {Batch[]}
 */
function madeByProcess(facts) {
  const { record } = facts;
  const apart = isDismantling(facts);
  const pooled = apart ? new Map() : pooledOf(facts);
  const contents = contentsOf(facts);
  const carried = carriedByProcess(facts);
  return record.outputs.map((/** @type {any} */ output, /** @type {number} */ place) => {
    const routes = routesOf(output, contents[place], apart ? dismantled(facts, output) : pooled);
    return batchOf(facts, place, output, routes, contents[place], carried);
  });
}

/**
 * The parts that a transfer cuts off; whole batches keep their names.
 * @param {Facts} facts
 * @returns {Batch[]}
 */
function partsOfTransfer(facts) {
  /** @type {Batch[]} */
  const parts = [];
  facts.record.batches.forEach((/** @type {any} */ entry, /** @type {number} */ place) => {
    const whole = facts.taken[place].batch;
    if (entry.mass_mg === null || whole === null) return;
    const mass = BigInt(entry.mass_mg);
    const contents = whole.contents.map((inside) => ({
      ...inside,
      mass: (inside.mass * mass) / whole.mass,
      routes: draw(inside.routes, mass, whole.mass),
    }));
    const made = draw(routesNow(whole), mass, whole.mass);
    parts.push({ ...whole, id: `${facts.id}#${place}`, mass, made, contents, secondaryAt: null });
  });
  return parts;
}

/**
 * @param {Facts} facts
 * @param {number} place
 * @param {any} output
 * @param {Table} made
 * @param {Content[]} contents
 * @param {Carried} carried
 * @returns {Batch}
 */
function batchOf({ id }, place, output, made, contents, carried) {
  const { material, composition, mass_mg: mass, ...said } = output;
  return {
    id: `${id}#${place}`,
    material,
    mass: BigInt(mass),
    composition,
    said,
    made,
    contents,
    carried,
    secondaryAt: null,
  };
}

/** @param {any} output */
function massesOut(output) {
  return elementMasses(output.mass_mg, output.composition).set(BODY, BigInt(output.mass_mg));
}

/**
 * An output's routes. An assembly of unknown composition has the elements of its parts.
 * @param {any} output
 * @param {Content[]} contents
 * @param {Table} pooled
 * @returns {Table}
 */
function routesOf(output, contents, pooled) {
  if (contents.length === 0) return give(massesOut(output), pooled);
  const inside = summed(contents.map((content) => content.routes));
  const body = give(new Map([[BODY, BigInt(output.mass_mg)]]), inside);
  const elements = output.composition?.size ? give(elementMasses(output.mass_mg, output.composition), pooled) : inside;
  return new Map([...elements, ...body]);
}

/**
 * @param {Facts} facts
 * @returns {Carried}
 */
function carriedByProcess({ record, taken }) {
  const owner = [record.owner_country ?? "unknown"];
  const stages = record.steps.filter((/** @type {string} */ step) => !HANDLING.has(step));
  const before = taken.map(({ batch }) => batch?.carried).filter((carried) => carried !== undefined);
  return {
    custody: new Set([record.custody, ...before.flatMap((carried) => [...carried.custody])]),
    owners: unionOf([
      new Map(stages.map((/** @type {string} */ step) => [step, owner])),
      ...before.map((c) => c.owners),
    ]),
  };
}

/**
 * For each output of a process, the parts that it keeps apart.
 * @param {Facts} facts
 * @returns {Content[][]}
 */
function contentsOf(facts) {
  const { record, taken } = facts;
  const where = placeOf(record);
  if (record.steps.includes("assemble")) {
    return record.outputs.map((/** @type {any} */ output) =>
      (output.contents ?? []).flatMap((/** @type {any} */ link) => {
        const place = record.inputs.findIndex((/** @type {any} */ entry) => entry.batch === link.batch);
        const batch = taken[place]?.batch;
        return batch ? partsOf(batch, BigInt(link.mass_mg), where, record.inputs[place].step) : [];
      }),
    );
  }
  if (record.steps.includes("dismantle") || !taken.some(({ batch }) => batch?.contents.length)) {
    return record.outputs.map(() => []);
  }
  const parts = taken.flatMap(({ batch, mass }, place) =>
    batch === null ? [] : scaled(batch.contents, mass ?? 0n, batch.mass, where, record.inputs[place].step),
  );
  return divided(parts, record.outputs);
}

/**
 * What the contents that an output of a dismantling names bring, pooled.
 * @param {Facts} facts
 * @param {any} output
 * @returns {Table}
 */
function dismantled({ record, taken }, output) {
  const where = placeOf(record);
  /** @type {Table[]} */
  const parts = [];
  for (const link of output.contents ?? []) {
    const found = taken.flatMap(({ batch, mass }, place) =>
      (batch?.contents ?? [])
        .filter((inside) => inside.batch === link.batch && inside.mass > 0n)
        .map((inside) => ({
          inside,
          step: record.inputs[place].step,
          weight: (inside.mass * (mass ?? 0n)) / /** @type {Batch} */ (batch).mass,
        })),
    );
    const shares = apportion(
      BigInt(link.mass_mg),
      found.map(({ weight }) => weight),
    );
    found.forEach(({ inside, step }, place) => {
      const routes = draw(inside.routes, shares[place], inside.mass);
      parts.push(stamped({ routes, step, formed: isShaped(inside.material, inside.routes) }, where));
    });
  }
  return summed(parts);
}

/**
 * A batch as parts: what is inside an assembly stays apart, anything else is one part.
 * @param {Batch} batch
 * @param {bigint} mass
 * @param {Place} where
 * @param {string | null} step
 * @returns {Content[]}
 */
function partsOf(batch, mass, where, step) {
  if (batch.contents.length > 0) return scaled(batch.contents, mass, batch.mass, where, step);
  const drawn = draw(routesNow(batch), mass, batch.mass);
  const routes = stamped({ routes: drawn, step, formed: isShaped(batch.material, batch.made) }, where);
  return [
    { batch: batch.id, material: batch.material, mass, composition: batch.composition, said: batch.said, routes },
  ];
}

/**
 * @param {Content[]} contents
 * @param {bigint} part
 * @param {bigint} whole
 * @param {Place} where
 * @param {string | null} step
 * @returns {Content[]}
 */
function scaled(contents, part, whole, where, step) {
  return contents.map((content) => {
    const drawn = draw(content.routes, part, whole);
    const routes = stamped({ routes: drawn, step, formed: isShaped(content.material, content.routes) }, where);
    return { ...content, mass: (content.mass * part) / whole, routes };
  });
}

/**
 * Parts over the outputs that still are assemblies, by their masses.
 * @param {Content[]} parts
 * @param {any[]} outputs
 * @returns {Content[][]}
 */
function divided(parts, outputs) {
  const weights = outputs.map((output) => (CARRIERS.has(output.material) ? BigInt(output.mass_mg) : 0n));
  /** @type {Content[][]} */
  const inside = outputs.map(() => []);
  for (const part of parts) {
    apportion(part.mass, weights).forEach((mass, place) => {
      if (mass > 0n) inside[place].push({ ...part, mass, routes: draw(part.routes, mass, part.mass) });
    });
  }
  return inside;
}
