/**
 * Recomputing a report from its evidence, held against print (ledger/bundle/recompute.py).
 *
 * @typedef {import("./graph.js").Graph} Graph
 * @typedef {import("./subjects.js").Judged} Judged
 * @typedef {import("./packs.js").Context} Context
 * @typedef {import("../result.js").Check} Check
 */

import { VerificationError } from "../errors.js";
import { sameValue } from "../json.js";
import { FAILED, NOT_CHECKED, Outcome, PASSED, check } from "../result.js";
import { sorted } from "../text.js";
import { assess, assessAssembly } from "./assess.js";
import { compareCompleteness, compareRecycled, compareStatement } from "./compare.js";
import { compareExactly, exactBatch } from "./exactly.js";
import { combine } from "./model.js";
import { PPM } from "./quantity.js";
import { BODY } from "./routes.js";
import { replayShares } from "./shares.js";
import {
  Tolerance,
  carriedUpstream,
  checkDescription,
  elementsAsked,
  inside,
  judged,
  withoutTraces,
} from "./subjects.js";
import { compareVerdicts } from "./verdicts.js";

/** What is compared of a batch, and of each magnet lot of an assembly. */
const OF_ONE = ["statement", "recycled content", "completeness", "verdicts"];
const UNION = ["assembly statement", "assembly verdicts"];
const SAID = ["coating", "grade", "form", "lot", "composition"];

/**
 * Recompute what a report says as far as its evidence is disclosed, and hold the report against it.
 * @param {Graph} graph
 * @param {any} chains
 * @param {any} printed - the report's subject
 * @param {Context} context
 * @param {string} rules - the digest of the first rule set
 * @returns {Promise<Check[]>}
 * @throws {VerificationError} the evidence contradicts itself
 */
export async function recompute(graph, chains, printed, context, rules) {
  const lot = await replayShares(graph, elementsAsked(graph, printed));
  const checks = [described(printed, lot), sharesSaid(graph)];
  const { batch, masses } = await exactBatch(graph, chains, printed, rules);
  if (masses !== null) checks.push(masses);
  if (batch !== null) return [...checks, ...compareExactly(batch, printed, context)];
  if (printed.magnets === undefined) {
    const whole = judged(lot, printed, graph);
    if (inside(lot).length > 0) {
      throw new VerificationError("report, magnets: the assembly's magnets have no entries of their own");
    }
    return [...checks, ...compareOne(printed, whole, context), carried(printed, graph)];
  }
  return [...checks, ...compareAssembly(printed, lot, graph, context), carried(printed, graph)];
}

/**
 * @param {any} printed
 * @param {import("./shares.js").ReadLot} lot
 */
function described(printed, lot) {
  const confirmed = checkDescription(printed, lot.output, "report, ");
  const stated = SAID.filter((name) => printed[name] !== undefined);
  const open = ["material", ...stated].filter((name) => !confirmed.includes(name));
  if (open.length > 0) {
    const detail = `${open.join(", ")}: the maker's record does not disclose that here`;
    return check("description", NOT_CHECKED, detail);
  }
  return check("description", PASSED, `${confirmed.join(", ")} are those of the maker's record`);
}

/** @param {Graph} graph */
function sharesSaid(graph) {
  if (graph.hidden.length > 0) {
    const detail = `${graph.hidden[0]}: what this was made of is withheld; ${graph.hidden.length} such places`;
    return check("shares", NOT_CHECKED, detail);
  }
  const count = [...graph.nodes.values()].filter((node) => node.said.type === "process").length;
  const detail = `${count} processes and ${graph.batches.size} batches replayed from signed shares`;
  return check("shares", PASSED, detail);
}

/**
 * Hold a statement and what stands beside it against one batch or magnet lot.
 * @param {any} printed
 * @param {Judged} one
 * @param {Context} context
 * @param {string} [where]
 * @returns {Check[]}
 */
function compareOne(printed, { subject, tolerance }, context, where = "") {
  const [statement, content, complete, verdicts] = [new Outcome(), new Outcome(), new Outcome(), new Outcome()];
  compareStatement(printed.statement, subject, tolerance, statement, `${where}statement`);
  if (statement.result !== FAILED) {
    // else the elements may not even be the same
    compareRecycled(printed, subject, tolerance, content, `${where}recycled`);
    compareCompleteness(printed, subject, tolerance, complete, `${where}completeness`);
  }
  const least = assess(withoutTraces(subject, tolerance), context);
  compareVerdicts(printed.verdicts, assess(subject, context), least, tolerance, verdicts, `${where}verdicts`);
  const bound = `each to within ${tolerance.widest + 1} ppm`;
  return [
    outcomeOf("statement", statement, `${statement.compared} lists of cells follow from the records, ${bound}`),
    outcomeOf("recycled content", content, `follows from the records, ${bound}`),
    outcomeOf("completeness", complete, `follows from the records, ${bound}`),
    outcomeOf("verdicts", verdicts, `${verdicts.compared} recomputed: ${verdictsSaid(printed)}`),
  ];
}

/**
 * Each magnet lot by itself; of their union the answers, not the shares: how much each weighs is not disclosed.
 * @param {any} printed
 * @param {import("./shares.js").ReadLot} lot
 * @param {Graph} graph
 * @param {Context} context
 * @returns {Check[]}
 */
function compareAssembly(printed, lot, graph, context) {
  const magnets = new Map(inside(lot).map((part) => [part.batch, part]));
  const entries = new Map(printed.magnets.map((/** @type {any} */ entry) => [entry.batch, entry]));
  const opaque = lot.opaque || lot.parts.some((part) => part.opaque);
  const listed = [...magnets.keys()].every((name) => entries.has(name));
  const same = listed && entries.size > 0 && (opaque || magnets.size === entries.size);
  if (!same || entries.size !== printed.magnets.length) {
    throw new VerificationError("report, magnets: they are not exactly the magnet lots inside the assembly");
  }
  /** @type {Check[]} */
  const checks = [];
  /** @type {Judged[]} */
  const every = [];
  sorted(entries.keys()).forEach((name, place) => {
    const [entry, part] = [entries.get(name), magnets.get(name)];
    if (part === undefined) {
      const why = `magnets[${place}]: the evidence withholds what it was made of`;
      checks.push(...OF_ONE.map((about) => check(about, NOT_CHECKED, why)));
      return;
    }
    checkDescription(entry, part.output, `report, magnets[${place}].`);
    const one = judged(part, entry, graph);
    every.push(one);
    checks.push(...compareOne(entry, one, context, `magnets[${place}].`));
  });
  const missing = entries.size - every.length;
  if (missing > 0) {
    const why = `of the ${entries.size} magnet lots the evidence withholds what ${missing} were made of`;
    return [...worstOf(checks), ...UNION.map((about) => check(about, NOT_CHECKED, why))];
  }
  return [...worstOf(checks), ...compareUnion(printed, every, context)];
}

/**
 * The union of several magnets: every answer is one of theirs, and the verdict is the worst of theirs.
 * @param {any} printed
 * @param {Judged[]} every
 * @param {Context} context
 * @returns {Check[]}
 */
function compareUnion(printed, every, context) {
  const tolerance = joint(every);
  const subjects = every.map((one) => one.subject);
  const [verdicts, statement] = [new Outcome(), new Outcome()];
  const least = assessAssembly(
    every.map((one) => withoutTraces(one.subject, one.tolerance)),
    context,
  );
  compareVerdicts(printed.verdicts, assessAssembly(subjects, context), least, tolerance, verdicts);
  const union = combine(printed.batch, subjects);
  let detail = "the union is that of the one magnet lot inside";
  if (every.length === 1) {
    compareStatement(printed.statement, union, tolerance, statement);
  } else {
    const anyShare = new Map([...Object.keys(printed.statement.elements), BODY].map((element) => [element, PPM]));
    compareStatement(printed.statement, union, new Tolerance(anyShare, tolerance.hidden), statement);
    detail = `how much each of the ${every.length} magnet lots weighs is not disclosed, so neither are their shares`;
    if (statement.result !== FAILED) Object.assign(statement, { result: NOT_CHECKED, detail });
  }
  return [
    outcomeOf("assembly statement", statement, detail),
    outcomeOf("assembly verdicts", verdicts, `the worst of ${every.length} magnet lots`),
  ];
}

/**
 * The widest bounds of several.
 * @param {Judged[]} every
 */
function joint(every) {
  const ppm = new Map();
  const hidden = new Map();
  for (const { subject, tolerance } of every) {
    for (const element of [...subject.composition.keys(), BODY]) {
      ppm.set(element, Math.max(...every.map((one) => one.tolerance.of(element))));
    }
    for (const element of tolerance.hidden.keys()) {
      hidden.set(element, Math.max(...every.map((one) => one.tolerance.slack(element))));
    }
  }
  return new Tolerance(ppm, hidden);
}

/**
 * @param {any} printed
 * @param {Graph} graph
 */
function carried(printed, graph) {
  if (printed.custody === undefined || printed.owners === undefined) {
    return check("upstream", NOT_CHECKED, "custody models and owners are not in this report");
  }
  const { custody, owners } = carriedUpstream(graph);
  const sameCustody = sameValue(printed.custody, custody);
  if (sameCustody && sameValue(printed.owners, Object.fromEntries(owners))) {
    return check("upstream", PASSED, "custody models and owners' countries are those of the records");
  }
  if (graph.hidden.length > 0) {
    return check("upstream", NOT_CHECKED, `${graph.hidden[0]}: withheld, so not all owners can be known`);
  }
  return check("upstream", FAILED, `${sameCustody ? "owners" : "custody"}: it is not what the records upstream say`);
}

/**
 * @param {string} name
 * @param {Outcome} outcome
 * @param {string} good
 */
function outcomeOf(name, outcome, good) {
  return check(name, outcome.result, outcome.detail || good);
}

/**
 * One check for each name: the worst, the first of equals.
 * @param {Check[]} checks
 * @returns {Check[]}
 */
function worstOf(checks) {
  const order = [FAILED, NOT_CHECKED, PASSED];
  const names = [...new Set(checks.map((each) => each.check))];
  return names.map((name) =>
    checks
      .filter((each) => each.check === name)
      .reduce((worst, each) => (order.indexOf(each.result) < order.indexOf(worst.result) ? each : worst)),
  );
}

/** @param {any} printed */
function verdictsSaid(printed) {
  const found = printed.verdicts.map((/** @type {any} */ each) => `${each.verdict} by ${each.rule_pack}`);
  return found.join(", ") || "none was asked for, or it is no magnet that the rule packs know";
}
