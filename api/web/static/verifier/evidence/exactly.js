/**
 * To an auditor who holds everything: the whole subject computed anew from masses, held against print member by member
 * (ledger/bundle/recompute.py, ledger/report/credential.py). Inquiries are left out.
 *
 * @typedef {import("./graph.js").Graph} Graph
 * @typedef {import("./making.js").Batch} Batch
 * @typedef {import("./model.js").Subject} Subject
 * @typedef {import("./packs.js").Context} Context
 * @typedef {import("../result.js").Check} Check
 */

import { FOLLOW_UP_DAYS, againstTarget } from "../content.js";
import { daysAfter } from "../instant.js";
import { sameValue } from "../json.js";
import { FAILED, NOT_CHECKED, PASSED, check } from "../result.js";
import { sorted } from "../text.js";
import { assess, assessAssembly, verdictAsJson } from "./assess.js";
import { routesNow } from "./balance.js";
import { DATA } from "./data.js";
import { replayMasses } from "./exact.js";
import { combine, subjectOf } from "./model.js";
import { compare } from "./quantity.js";
import { completeness, openCells, recycled } from "./recycled.js";
import { statement } from "./statement.js";
import { summed, totalsOf } from "./table.js";

const APART = new Set(["magnet", "block", "assembly", "product"]);
/** @type {[string, string[]][]} */
const EXACT = [
  ["statement", ["statement", "gaps"]],
  ["recycled content", ["recycled", "recycled_target"]],
  ["completeness", ["completeness"]],
  ["verdicts", ["verdicts"]],
  ["upstream", ["custody", "owners"]],
  ["assembly", ["magnets"]],
];

/**
 * To an auditor: the batch in milligrams if its whole upstream is disclosed, and what was found of masses.
 * @param {Graph} graph
 * @param {any} chains
 * @param {any} printed
 * @param {string} rules - the digest of the first rule set
 * @returns {Promise<{batch: Batch | null, masses: Check | null}>}
 */
export async function exactBatch(graph, chains, printed, rules) {
  if (printed.audience !== "auditor") return { batch: null, masses: null };
  const rulesAt = rulesInForce(chains, rules);
  if (rulesAt === null) {
    const why = "this version does not hold a rule set that was in force";
    return { batch: null, masses: check("masses", NOT_CHECKED, why) };
  }
  const exact = await replayMasses(graph, rulesAt);
  const whole = graph.nodes.size;
  const batch = exact.batches.get(graph.subject) ?? null;
  if (exact.records === whole) {
    const detail = `the balance of all ${whole} records holds, to the milligram`;
    return { batch, masses: check("masses", PASSED, detail) };
  }
  const part = `${exact.records} of ${whole} records are wholly disclosed, back to the ground, and balance`;
  return { batch, masses: check("masses", NOT_CHECKED, `${part}; the others are not`) };
}

/**
 * The rule set at an index: the first, or the one that the operator's last `rules` record before it names. Null where
 * one of them is unknown here, or not disclosed.
 * @param {any} chains
 * @param {string} first
 */
function rulesInForce(chains, first) {
  const named = chains.records.filter((/** @type {any} */ record) => record.type === "rules");
  const known = new Map(DATA.rule_sets.map((rules) => [rules.digest, rules]));
  const digests = [first, ...named.map((/** @type {any} */ record) => record.opened.get("rules"))];
  const sets = digests.map((digest) => known.get(digest));
  if (sets.includes(undefined)) return null;
  return (/** @type {number} */ index) =>
    sets[named.filter((/** @type {any} */ record) => record.entry.index < index).length];
}

/**
 * Compute the whole subject anew, and hold it against print member by member.
 * @param {Batch} batch
 * @param {any} printed
 * @param {Context} context
 * @returns {Check[]}
 */
export function compareExactly(batch, printed, context) {
  const right = subjectAsJson(batch, context);
  return EXACT.flatMap(([name, members]) => {
    const pairs = members.map((member) => [withoutInquiries(printed[member]), withoutInquiries(right[member])]);
    const wrong = pairs.findIndex(([said, expected]) => !same(said, expected));
    if (wrong >= 0) {
      const [said, expected] = pairs[wrong];
      const where = firstDifference(said, expected);
      return [check(name, FAILED, `${members[wrong]}${where} differs from what the masses give`)];
    }
    if (members.every((member) => printed[member] === undefined)) return [];
    return [check(name, PASSED, `${members.join(", ")}: exactly what the masses give`)];
  });
}

/**
 * The members of a report's subject that follow from masses.
 * @param {Batch} batch
 * @param {Context} context
 * @returns {Record<string, any>}
 */
function subjectAsJson(batch, context) {
  const whole = judgedAs(batch.id, batch, routesNow(batch), batch);
  const inside = magnetsInside(batch);
  const subject = inside.length > 0 ? combine(batch.id, inside) : whole;
  const verdicts = inside.length > 0 ? assessAssembly(inside, context) : assess(subject, context);
  const { delivered } = context;
  const clock = delivered === null ? {} : { delivered, due: daysAfter(delivered, FOLLOW_UP_DAYS) };
  return {
    ...judgement(subject),
    verdicts: verdicts.map(verdictAsJson),
    recycled_target: againstTarget(Object.fromEntries(recycled(subject))),
    gaps: { cells: openCells(subject), ...clock },
    custody: whole.custody,
    owners: Object.fromEntries(whole.owners),
    ...(inside.length > 0 ? { magnets: inside.map((magnet) => entryOf(magnet, context)) } : {}),
  };
}

/**
 * @param {Subject} magnet
 * @param {Context} context
 */
function entryOf(magnet, context) {
  return {
    batch: magnet.batch,
    material: magnet.material,
    ...(magnet.magnet_type === null ? {} : { magnet_type: magnet.magnet_type }),
    composition: Object.fromEntries(magnet.composition),
    ...judgement(magnet),
    verdicts: assess(magnet, context).map(verdictAsJson),
  };
}

/** @param {Subject} subject */
function judgement(subject) {
  return {
    statement: statement(subject),
    recycled: Object.fromEntries(recycled(subject)),
    completeness: completeness(subject),
  };
}

/**
 * @param {string} name
 * @param {{material: string, composition: Map<string, number> | null, said: any}} what
 * @param {import("./table.js").Table} routes
 * @param {Batch} batch
 * @returns {Subject}
 */
function judgedAs(name, { material, composition, said }, routes, batch) {
  const owners = [...batch.carried.owners].map(
    ([stage, countries]) => /** @type {[string, string[]]} */ ([stage, sorted(countries)]),
  );
  return subjectOf({
    batch: name,
    material,
    magnet_type: said.magnet_type,
    composition: composition ?? new Map(),
    elements: totalsOf(routes),
    routes,
    custody: sorted(batch.carried.custody),
    owners: new Map(owners),
  });
}

/**
 * The magnet lots inside an assembly, each once, in order of their names; empty for what is no assembly.
 * @param {Batch} batch
 * @returns {Subject[]}
 */
function magnetsInside(batch) {
  /** @type {Map<string, import("./making.js").Content[]>} */
  const lots = new Map();
  for (const content of batch.contents) {
    if (!APART.has(content.material) && !content.said.magnet_type) continue;
    lots.set(content.batch, [...(lots.get(content.batch) ?? []), content]);
  }
  const ordered = [...lots].sort((a, b) => compare(a[0], b[0]));
  return ordered.map(([name, same]) => judgedAs(name, same[0], summed(same.map((content) => content.routes)), batch));
}

/**
 * @param {any} value
 * @returns {any}
 */
function withoutInquiries(value) {
  if (Array.isArray(value)) return value.map(withoutInquiries);
  if (!isPlain(value)) return value;
  const kept = Object.entries(value).filter(([name]) => name !== "inquiries");
  return Object.assign(
    Object.create(null),
    Object.fromEntries(kept.map(([name, each]) => [name, withoutInquiries(each)])),
  );
}

/** @param {any} value - of JSON */
function isPlain(value) {
  return typeof value === "object" && value !== null;
}

/**
 * @param {any} one
 * @param {any} other
 */
function same(one, other) {
  return one === undefined || other === undefined ? one === other : sameValue(one, other);
}

/**
 * The path of the first member in which two values differ.
 * @param {any} one
 * @param {any} other
 * @returns {string}
 */
function firstDifference(one, other) {
  if (Array.isArray(one) && Array.isArray(other)) {
    for (let place = 0; place < Math.max(one.length, other.length); place += 1) {
      if (same(one[place], other[place])) continue;
      return `[${place}]${place < Math.min(one.length, other.length) ? firstDifference(one[place], other[place]) : ""}`;
    }
  } else if (isPlain(one) && isPlain(other) && !Array.isArray(one) && !Array.isArray(other)) {
    for (const name of sorted(new Set([...Object.keys(one), ...Object.keys(other)]))) {
      if (!same(one[name], other[name])) return `.${name}${firstDifference(one[name], other[name])}`;
    }
  }
  return "";
}
