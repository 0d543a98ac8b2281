/**
 * Weights of many elements side by side in one large integer, each in a lane of 104 bits (ledger/bundle/lanes.py).
 *
 * Elements that were shared alike are weighed by one multiplication for each route, whatever their number.
 */

import { PPM, PPM_BIG } from "./quantity.js";

/** What the weights of each element sum to, but for what rounding leaves. */
export const SCALE = 1n << 60n;

const WIDTH = 104n;
const SHIFT = 40n;
const ONE = 1n << SHIFT;
const LANE = (1n << WIDTH) - 1n;

/**
 * Something that was put in, and what is done to its routes.
 * @typedef {[import("./codes.js").Table, import("./codes.js").Stamp | null]} Way
 */

/** The lanes of some elements; `last` is where the lane of the last of them begins. */
export class Lanes {
  /** @param {string[]} elements */
  constructor(elements) {
    /** @type {Map<string, bigint>} */
    this.ones = new Map(elements.map((element, place) => [element, 1n << (WIDTH * BigInt(place))]));
    this.last = WIDTH * BigInt(elements.length - 1);
    this.keep = 0n;
    for (const one of this.ones.values()) this.keep += one * ((1n << (WIDTH - SHIFT)) - 1n);
  }

  /**
   * Element -> number of a route -> weight above zero.
   * @param {import("./codes.js").Table} table
   * @returns {Map<string, Map<number, bigint>>}
   */
  unpack(table) {
    const unpacked = new Map();
    let place = 0n;
    for (const element of this.ones.keys()) {
      const weights = new Map();
      for (const [number, packed] of table) {
        const weight = (packed >> (WIDTH * place)) & LANE;
        if (weight) weights.set(number, weight);
      }
      unpacked.set(element, weights);
      place += 1n;
    }
    return unpacked;
  }

  /**
   * What everything that was put in comes to.
   * @param {import("./codes.js").Codes} codes
   * @param {Way[]} ways
   * @param {{row: number[], elements: string[]}[]} shares - the shares of the ways, in ppm and in their order; each row
   *   sums to the whole, and no two are equal
   * @returns {import("./codes.js").Table}
   */
  weigh(codes, ways, shares) {
    if (shares.length === 1 && shares[0].row.includes(PPM)) {
      const [table, stamp] = ways[shares[0].row.indexOf(PPM)];
      return codes.merged(table, stamp);
    }
    const sums = new Map();
    for (const { row, elements } of shares) {
      const all = elements.length === this.ones.size;
      const mask = all ? -1n : this.mask(elements);
      weightsOf(row).forEach((weight, place) => {
        if (!weight) return;
        const [table, stamp] = ways[place];
        for (const [number, packed] of table) {
          const part = all ? packed : packed & mask;
          if (!part) continue;
          const after = codes.stamped(stamp, number);
          const before = sums.get(after);
          sums.set(after, before === undefined ? part * weight : before + part * weight);
        }
      });
    }
    const kept = new Map();
    for (const [number, packed] of sums) {
      const part = (packed >> SHIFT) & this.keep;
      if (part) kept.set(number, part);
    }
    return kept;
  }

  /** @param {string[]} elements */
  mask(elements) {
    let mask = 0n;
    for (const element of elements) mask += /** @type {bigint} */ (this.ones.get(element)) * LANE;
    return mask;
  }
}

/**
 * Shares as parts of 2^40, to which they sum; what rounding leaves goes to the largest.
 * @param {number[]} shares
 */
function weightsOf(shares) {
  const weights = shares.map((share) => (BigInt(share) * ONE) / PPM_BIG);
  let largest = 0;
  let left = ONE;
  weights.forEach((weight, place) => {
    if (weight > weights[largest]) largest = place;
    left -= weight;
  });
  weights[largest] += left;
  return weights;
}
