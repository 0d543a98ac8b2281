/**
 * Routes as numbers, for the replay of shares (ledger/bundle/codes.py).
 *
 * A route is a set of bits: its origin, one bit for each (step, country) that was met, one for each step that is
 * declared somewhere. So a stamp is one `|`. Here each set of bits has a small number besides, and what a stamp makes
 * of a route is worked out once.
 *
 * @typedef {Map<number, bigint>} Table - number of a route -> the weights of all elements on it, in their lanes
 * @typedef {{gained: bigint, loses: boolean, after: Map<number, number>}} Stamp
 */

import {
  DECLARED,
  FORMING,
  HANDLING,
  LOST_IN_LOOP,
  REENTRY,
  TRACED,
  asSecondary,
  routeOf,
  stepsFrom,
} from "./routes.js";
import { compare } from "./quantity.js";

const ORIGIN_BITS = 12n;
const ORIGIN = (1n << ORIGIN_BITS) - 1n;

/** The routes of one replay by number, and back. */
export class Codes {
  constructor() {
    /** @type {Map<string, number>} */
    this.origins = new Map();
    /** @type {[string, string, string][]} */
    this.listed = [];
    /** @type {Map<string, {step: string, country: string, bit: bigint}>} */
    this.places = new Map();
    this.free = ORIGIN_BITS;
    this.lost = 0n;
    this.forming = 0n;
    /** @type {Map<string, number>} */
    this.numbers = new Map();
    /** @type {bigint[]} */
    this.bits = [];
    /** @type {(import("./routes.js").Route | undefined)[]} */
    this.known = [];
    /** @type {boolean[]} */
    this.formed = [];
    /** @type {Map<string, Stamp>} */
    this.stamps = new Map();
    /** @type {Map<number, number>} */
    this.soldAs = new Map();
  }

  /**
   * The number of a route.
   * @param {import("./routes.js").Route} route
   */
  number(route) {
    const origin = `${route.origin} ${route.known} ${route.reason}`;
    let place = this.origins.get(origin);
    if (place === undefined) {
      place = this.listed.push([route.origin, route.known, route.reason]) - 1;
      this.origins.set(origin, place);
    }
    let bits = BigInt(place);
    for (const stage of route.stages) bits |= this.stage(stage.step, stage.countries, stage.basis);
    return this.ofBits(bits);
  }

  /**
   * The route of a number.
   * @param {number} number
   */
  route(number) {
    this.known[number] ??= this.read(this.bits[number]);
    return /** @type {import("./routes.js").Route} */ (this.known[number]);
  }

  /**
   * What the steps at a place do to a route; null where it stays what it is.
   * @param {import("./routes.js").Place} where
   * @param {string | null | undefined} step
   * @param {boolean} formed
   * @returns {Stamp | null}
   */
  stamp(where, step, formed) {
    const steps = stepsFrom(where, step);
    const key = `${where.country} ${where.basis} ${formed} ${steps.join(" ")}`;
    let found = this.stamps.get(key);
    if (found === undefined) {
      let gained = 0n;
      for (const each of steps) if (!HANDLING.has(each)) gained |= this.stage(each, [where.country], where.basis);
      const loses = formed && steps.some((each) => REENTRY.has(each));
      found = { gained, loses, after: new Map() };
      this.stamps.set(key, found);
    }
    return found.gained === 0n && !found.loses ? null : found;
  }

  /**
   * The number of a route after a stamp.
   * @param {Stamp | null} stamp
   * @param {number} number
   */
  stamped(stamp, number) {
    if (stamp === null) return number;
    let after = stamp.after.get(number);
    if (after === undefined) {
      const bits = stamp.loses ? this.bits[number] & ~this.lost : this.bits[number];
      after = this.ofBits(bits | stamp.gained);
      stamp.after.set(number, after);
    }
    return after;
  }

  /**
   * A table with its routes stamped; routes that become one are added up.
   * @param {Table} table
   * @param {Stamp | null} stamp
   * @returns {Table}
   */
  merged(table, stamp) {
    return stamp === null ? table : mapped(table, (number) => this.stamped(stamp, number));
  }

  /**
   * What a sale makes of scrap: mined or declared becomes pre-consumer.
   * @param {Table} table
   * @returns {Table}
   */
  sold(table) {
    return mapped(table, (number) => {
      let after = this.soldAs.get(number);
      if (after === undefined) {
        after = this.number(asSecondary(this.route(number)));
        this.soldAs.set(number, after);
      }
      return after;
    });
  }

  /** @param {bigint} bits */
  ofBits(bits) {
    const key = bits.toString(36);
    let number = this.numbers.get(key);
    if (number === undefined) {
      number = this.bits.push(bits) - 1;
      this.numbers.set(key, number);
      this.formed[number] = (bits & this.forming) !== 0n;
    }
    return number;
  }

  /**
   * @param {string} step
   * @param {readonly string[]} countries
   * @param {string} basis
   */
  stage(step, countries, basis) {
    let bits = basis === TRACED ? 0n : this.bit(step, "");
    for (const country of countries) bits |= this.bit(step, country);
    return bits;
  }

  /**
   * The bit of a country in a step; without a country, that of its being declared.
   * @param {string} step
   * @param {string} country
   */
  bit(step, country) {
    const key = `${step} ${country}`;
    let place = this.places.get(key);
    if (place === undefined) {
      place = { step, country, bit: 1n << this.free };
      this.places.set(key, place);
      this.free += 1n;
      if (LOST_IN_LOOP.has(step)) this.lost |= place.bit;
      if (FORMING.has(step) && country) this.forming |= place.bit;
    }
    return place.bit;
  }

  /** @param {bigint} bits */
  read(bits) {
    const [origin, known, reason] = this.listed[Number(bits & ORIGIN)];
    /** @type {Map<string, string[]>} */
    const countries = new Map();
    const declared = new Set();
    for (const { step, country, bit } of this.places.values()) {
      if ((bits & bit) === 0n) continue;
      if (country === "") declared.add(step);
      else countries.set(step, [...(countries.get(step) ?? []), country]);
    }
    const stages = [...countries]
      .sort((a, b) => compare(a[0], b[0]))
      .map(([step, found]) => ({
        step,
        countries: found.sort(compare),
        basis: declared.has(step) ? DECLARED : TRACED,
      }));
    return routeOf(origin, stages, known, reason);
  }
}

/**
 * @param {Table} table
 * @param {(number: number) => number} change
 * @returns {Table}
 */
function mapped(table, change) {
  const sums = new Map();
  for (const [number, packed] of table) {
    const after = change(number);
    const before = sums.get(after);
    sums.set(after, before === undefined ? packed : before + packed);
  }
  return sums;
}
