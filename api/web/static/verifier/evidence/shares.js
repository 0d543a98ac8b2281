/**
 * The buyer's replay: every share of a statement out of signed shares, without one mass (ledger/bundle/shares.py).
 *
 * What is withheld takes part as a route of its own, `HIDDEN`, so that one always knows how much of an answer hangs on
 * it. Beside each distribution goes how far the rounding of shares can have moved it.
 *
 * @typedef {import("./codes.js").Table} Table
 * @typedef {import("./graph.js").Graph} Graph
 * @typedef {import("./graph.js").Node} Node
 * @typedef {import("./routes.js").Place} Place
 * @typedef {import("./partial.js").Output} Output
 * @typedef {{
 *   batch: string, output: Output, table: Table, rounding: number, depth: number, formed: boolean, opaque: boolean,
 * }} Part
 * @typedef {Part & {parts: Part[]}} Lot - `opaque`: what it is, and what is inside of it, is not told here
 * @typedef {Map<string, import("./routes.js").Masses>} RoutesByElement
 * @typedef {{
 *   batch: string, output: Output, table: RoutesByElement, rounding: number, depth: number, opaque: boolean,
 * }} ReadPart
 * @typedef {ReadPart & {parts: ReadPart[]}} ReadLot
 */

import { splitBatchId } from "../base64url.js";
import { breathe } from "../breathe.js";
import { VerificationError } from "../errors.js";
import { sorted } from "../text.js";
import { areAssemblies, assembled, dismantled, stampedParts } from "./assembling.js";
import { Codes } from "./codes.js";
import { lastTaken } from "./graph.js";
import { Lanes, SCALE } from "./lanes.js";
import { NO_OUTPUT } from "./partial.js";
import { pooled, sourceRoute } from "./pooling.js";
import { BODY, COMPROMISED, FORMED_MATERIALS, HIDDEN, SECONDARY_MATERIALS } from "./routes.js";

const CARRIERS = new Set(["assembly", "product"]);
const EVER = 2 ** 53;

/**
 * The subject of a graph: where these elements, and its body, come from by signed shares alone.
 * @param {Graph} graph
 * @param {string[]} elements
 * @returns {Promise<ReadLot>}
 */
export async function replayShares(graph, elements) {
  const replay = new Replay(graph, new Lanes([...new Set([...elements, BODY])]));
  const done = lastTaken(graph);
  for (const node of graph.nodes.values()) {
    replay.make(node);
    for (const batch of done.get(node.id) ?? []) replay.lots.delete(batch);
    await breathe();
  }
  const subject = replay.asTaken(graph.subject, EVER);
  const read = (/** @type {Part} */ { batch, output, table, rounding, depth, opaque }) => ({
    batch,
    output,
    table: replay.read(table),
    rounding,
    depth,
    opaque,
  });
  return { ...read(subject), parts: subject.parts.map(read) };
}

/** The state of a replay: the batches that were made so far, and the routes that they have. */
export class Replay {
  /**
   * @param {Graph} graph
   * @param {Lanes} lanes
   */
  constructor(graph, lanes) {
    this.graph = graph;
    this.lanes = lanes;
    /** @type {Map<string, Lot>} */
    this.lots = new Map();
    this.routes = new Codes();
    /** @type {Map<import("./routes.js").Route, Table>} the whole of each element on one route */
    this.wholes = new Map();
  }

  /**
   * A table by elements and routes.
   * @param {Table} table
   * @returns {RoutesByElement}
   */
  read(table) {
    const read = new Map();
    for (const [element, weights] of this.lanes.unpack(table)) {
      read.set(element, new Map([...weights].map(([number, weight]) => [this.routes.route(number), weight])));
    }
    return read;
  }

  /**
   * The batches that a record makes.
   * @param {Node} node
   */
  make(node) {
    const said = /** @type {any} */ (node.said);
    const names = this.names(node.id, said.type === "transfer" ? said.batches : said.outputs);
    let made;
    if (said.type === "transfer") made = names.map(([name, place]) => this.cut(node, said, name, place));
    else if (said.type === "source") made = this.found(said, names);
    else made = this.processed(node, said, names);
    const doubt = this.doubt(node);
    for (const lot of made) this.lots.set(lot.batch, doubt === null ? lot : this.unknown(lot, doubt));
  }

  /**
   * The batches on the way that a record makes, each with its place; how many it makes may be withheld.
   * @param {string} record
   * @param {unknown[] | null} listed
   * @returns {[string, number][]}
   */
  names(record, listed) {
    if (listed === null) {
      const named = sorted(this.graph.batches).filter((name) => name.startsWith(`${record}#`));
      return named.map((name) => [name, splitBatchId(name)[1]]);
    }
    /** @type {[string, number][]} */
    const every = listed.map((_, place) => [`${record}#${place}`, place]);
    return every.filter(([name]) => this.graph.batches.has(name));
  }

  /**
   * A batch as it counts at an index: scrap that was sold before is pre-consumer.
   * @param {string} batch
   * @param {number} index
   * @returns {Lot}
   */
  asTaken(batch, index) {
    if (this.graph.beyond.has(batch)) return this.opaque(batch, NO_OUTPUT, 0);
    const lot = /** @type {Lot} */ (this.lots.get(batch));
    if (!SECONDARY_MATERIALS.has(lot.output.material ?? "") || !this.graph.soldBefore(batch, index)) return lot;
    return { ...lot, table: this.routes.sold(lot.table) };
  }

  /**
   * @param {string} batch
   * @param {Output} output
   * @param {Table} table
   * @param {number} rounding
   * @param {number} depth
   * @param {Part[]} [parts]
   * @returns {Lot}
   */
  lot(batch, output, table, rounding, depth, parts = []) {
    return { batch, output, table, rounding, depth, formed: this.isFormed(output, table), opaque: false, parts };
  }

  /**
   * A batch of which it is not told what it was made of, nor what is inside of it.
   * @param {string} batch
   * @param {Output} output
   * @param {number} depth
   * @returns {Lot}
   */
  opaque(batch, output, depth) {
    return { ...this.lot(batch, output, this.all(HIDDEN), 0, depth), opaque: true };
  }

  /**
   * @param {Output} output
   * @param {Table} table
   */
  isFormed(output, table) {
    if (FORMED_MATERIALS.has(output.material ?? "")) return true;
    for (const [number, packed] of table) {
      if (this.routes.formed[number] && packed >> this.lanes.last) return true;
    }
    return false;
  }

  /**
   * The whole of each element on one route.
   * @param {(element: string) => import("./routes.js").Route} route
   * @returns {Table}
   */
  bare(route) {
    const table = new Map();
    for (const [element, one] of this.lanes.ones) {
      const number = this.routes.number(route(element));
      table.set(number, (table.get(number) ?? 0n) + one * SCALE);
    }
    return table;
  }

  /**
   * @param {any} said
   * @param {[string, number][]} names
   */
  found(said, names) {
    const table = this.bare((element) => sourceRoute(said, element));
    return names.map(([name, place]) => this.lot(name, outputOf(said, place), table, 0, 0));
  }

  /**
   * @param {Node} node
   * @param {any} said
   * @param {string} name
   * @param {number} place
   */
  cut(node, said, name, place) {
    const link = said.batches?.[place] ?? null;
    if (link === null || link.batch === null) return this.opaque(name, NO_OUTPUT, 0);
    return { ...this.asTaken(link.batch, node.index), batch: name };
  }

  /**
   * @param {Node} node
   * @param {any} said
   * @param {[string, number][]} names
   * @returns {Lot[]}
   */
  processed(node, said, names) {
    const inputs = said.inputs ?? [];
    const taken = inputs.map((/** @type {any} */ e) => (e?.batch ? this.asTaken(e.batch, node.index) : null));
    const depth =
      1 + taken.reduce((/** @type {number} */ most, /** @type {any} */ lot) => Math.max(most, lot?.depth ?? 0), 0);
    const outputs = names.map(([name, place]) => ({ name, output: outputOf(said, place) }));
    if (!said.steps?.length || said.country === null || said.inputs === null) {
      return outputs.map(({ name, output }) => this.opaque(name, output, depth));
    }
    const where = { steps: said.steps, country: said.country, basis: said.basis };
    checkSteps(node, said);
    const pairs = inputs
      .map((/** @type {any} */ entry, /** @type {number} */ place) => ({ entry, lot: taken[place] }))
      .filter((/** @type {any} */ pair) => pair.lot !== null);
    const parts = pairs.flatMap((/** @type {any} */ { entry, lot }) => stampedParts(this, lot, where, entry.step));
    if (said.steps.includes("assemble")) {
      return outputs.map(({ name, output }) => assembled(this, node, name, output, pairs, where, depth));
    }
    if (said.steps.includes("dismantle") && areAssemblies(pairs)) {
      return outputs.map(({ name, output }) => dismantled(this, node, name, output, parts, depth));
    }
    const [table, rounding] = pooled(this, node, said, taken, where);
    return outputs.map(({ name, output }) =>
      this.lot(name, output, table, rounding, depth, CARRIERS.has(output.material ?? "") ? parts : []),
    );
  }

  /**
   * The route of what a compromised key has said; hidden where it is not told since when it was compromised.
   * @param {Node} node
   */
  doubt(node) {
    for (const chain of node.record.chains) {
      for (const [index, since] of chain.compromised) {
        if (node.index >= index) continue;
        const last = typeof since === "string" ? this.graph.indexes.get(since) : undefined;
        if (last === undefined || node.record.chains.length > 1) return HIDDEN;
        if (last < node.index) return COMPROMISED;
      }
    }
    return null;
  }

  /**
   * @param {Lot} lot
   * @param {import("./routes.js").Route} route
   * @returns {Lot}
   */
  unknown(lot, route) {
    const parts = lot.parts.map((part) => ({ ...part, table: this.all(route), rounding: 0 }));
    return { ...lot, table: this.all(route), rounding: 0, parts };
  }

  /** @param {import("./routes.js").Route} route */
  all(route) {
    let whole = this.wholes.get(route);
    if (whole === undefined) {
      whole = this.bare(() => route);
      this.wholes.set(route, whole);
    }
    return whole;
  }
}

/**
 * @param {any} said
 * @param {number} place
 * @returns {Output}
 */
function outputOf(said, place) {
  return said.outputs?.[place] ?? NO_OUTPUT;
}

/**
 * An input or addition takes part from one of the record's own steps on.
 * @param {Node} node
 * @param {any} said
 */
function checkSteps(node, said) {
  for (const entry of [...(said.inputs ?? []), ...(said.additions ?? [])]) {
    if (entry?.step && !said.steps.includes(entry.step)) {
      throw new VerificationError(`${node.record.entry}: ${entry.step} is no step of the record`);
    }
  }
}
