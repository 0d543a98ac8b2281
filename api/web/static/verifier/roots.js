// The constants of the SHA-2 functions: bits of the fractional parts of roots of the first primes (FIPS 180-4 section 4.2).

/** The greatest whole number whose power is not above another, by halving. @param {bigint} of @param {bigint} power */
function root(of, power) {
  let low = 0n;
  let high = 1n << 80n;
  while (low < high) {
    const middle = (low + high + 1n) / 2n;
    if (middle ** power <= of) low = middle;
    else high = middle - 1n;
  }
  return low;
}

/** @param {number} number */
function isPrime(number) {
  for (let factor = 2; factor * factor <= number; factor += 1) if (number % factor === 0) return false;
  return true;
}

/**
 * The first bits of the fractional parts of the square or cube roots of the first primes.
 * @param {number} count
 * @param {bigint} power 2 or 3
 * @param {bigint} bits
 * @returns {bigint[]}
 */
export function fractionsOfRoots(count, power, bits) {
  const found = [];
  for (let number = 2; found.length < count; number += 1) {
    if (isPrime(number)) found.push(root(BigInt(number) << (bits * power), power) & ((1n << bits) - 1n));
  }
  return found;
}
