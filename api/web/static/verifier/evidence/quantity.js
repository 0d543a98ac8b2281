/**
 * Masses in whole milligrams, shares in whole ppm, and the one rule that splits them (ledger/values/quantity.py).
 *
 * Weights are bigints: nothing here rounds twice, and nothing is a fraction.
 */

export const PPM = 1_000_000;
export const PPM_BIG = 1_000_000n;
const UNITS = [
  { unit: "t", zeros: 9 },
  { unit: "kg", zeros: 6 },
  { unit: "g", zeros: 3 },
];
export const MAX_MASS_MG = 1_000_000_000_000_000;

/**
 * The sum of some bigints.
 * @param {Iterable<bigint>} numbers
 * @returns {bigint}
 */
export function sum(numbers) {
  let total = 0n;
  for (const number of numbers) total += number;
  return total;
}

/**
 * Split a whole number by weights with the largest-remainder rule; ties go to the earlier.
 *
 * The parts sum to `total`, except where all weights are 0: then every part is 0.
 * @param {bigint} total
 * @param {bigint[]} weights
 * @returns {bigint[]}
 */
export function apportion(total, weights) {
  const whole = sum(weights);
  if (whole === 0n) return weights.map(() => 0n);
  const parts = weights.map((weight) => (total * weight) / whole);
  const missing = Number(total - sum(parts));
  if (missing > 0) {
    const remainders = weights.map((weight) => (total * weight) % whole);
    const places = weights.map((_, place) => place);
    places.sort((a, b) => compare(remainders[b], remainders[a]));
    for (const place of places.slice(0, missing)) parts[place] += 1n;
  }
  return parts;
}

/**
 * Split 1,000,000 ppm by weights so that no weight above zero is printed as 0.
 * @param {bigint[]} weights
 * @returns {number[]}
 */
export function toPpm(weights) {
  const shares = apportion(PPM_BIG, weights).map(Number);
  for (let place = 0; place < shares.length; place += 1) {
    if (weights[place] > 0n && shares[place] === 0) {
      shares[shares.indexOf(Math.max(...shares))] -= 1;
      shares[place] = 1;
    }
  }
  return shares;
}

/**
 * A mass in the largest unit that people would use, exactly: `12.5 kg`.
 * @param {bigint | number} massMg
 * @returns {string}
 */
export function formatMass(massMg) {
  const mass = BigInt(massMg);
  const size = mass < 0n ? -mass : mass;
  for (const { unit, zeros } of UNITS) {
    const one = 10n ** BigInt(zeros);
    if (size >= one) {
      const rest = (size % one).toString().padStart(zeros, "0").replace(/0+$/, "");
      return `${mass < 0n ? "-" : ""}${size / one}${rest ? `.${rest}` : ""} ${unit}`;
    }
  }
  return `${mass} mg`;
}

/**
 * The order of two numbers or bigints, or of two ASCII texts.
 * @template {number | bigint | string} T
 * @param {T} one
 * @param {T} other
 * @returns {number}
 */
export function compare(one, other) {
  return one < other ? -1 : Number(one > other);
}
