// SHAKE128 and SHAKE256 (FIPS 202): what ML-DSA hashes with. A lane of 64 bits is two words of 32, the low one first.

const ROUNDS = 24;
const ROTATIONS = new Int32Array(25);
const LANES = new Int32Array(25);
const CONSTANTS = new Int32Array(2 * ROUNDS);
const SPARE = new Int32Array(50);
const COLUMNS = new Int32Array(10);

/** The tables of rho, pi and iota (FIPS 202 sections 3.2.2, 3.2.3 and 3.2.5). */
function fillTables() {
  let [x, y] = [1, 0];
  for (let t = 0; t < 24; t += 1) {
    ROTATIONS[x + 5 * y] = (((t + 1) * (t + 2)) / 2) % 64;
    [x, y] = [y, (2 * x + 3 * y) % 5];
  }
  for (let at = 0; at < 25; at += 1) LANES[at] = Math.floor(at / 5) + 5 * ((2 * (at % 5) + 3 * Math.floor(at / 5)) % 5);
  let register = 1;
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let j = 0; j <= 6; j += 1) {
      const bit = 2 ** j - 1;
      if (register & 1) CONSTANTS[2 * round + (bit >> 5)] ^= 1 << (bit & 31);
      register = (register << 1) ^ (register & 0x80 ? 0x171 : 0);
    }
  }
  return true;
}

const FILLED = fillTables();

/** @param {Int32Array} state */
function permute(state) {
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let i = 0; i < 10; i += 1) {
      COLUMNS[i] = state[i] ^ state[i + 10] ^ state[i + 20] ^ state[i + 30] ^ state[i + 40];
    }
    for (let x = 0; x < 5; x += 1) {
      const right = 2 * ((x + 1) % 5);
      const left = 2 * ((x + 4) % 5);
      const low = COLUMNS[left] ^ ((COLUMNS[right] << 1) | (COLUMNS[right + 1] >>> 31));
      const high = COLUMNS[left + 1] ^ ((COLUMNS[right + 1] << 1) | (COLUMNS[right] >>> 31));
      for (let at = 2 * x; at < 50; at += 10) {
        state[at] ^= low;
        state[at + 1] ^= high;
      }
    }
    for (let at = 0; at < 25; at += 1) turn(state, at);
    for (let row = 0; row < 50; row += 10) {
      for (let at = 0; at < 10; at += 1) {
        state[row + at] = SPARE[row + at] ^ (~SPARE[row + ((at + 2) % 10)] & SPARE[row + ((at + 4) % 10)]);
      }
    }
    state[0] ^= CONSTANTS[2 * round];
    state[1] ^= CONSTANTS[2 * round + 1];
  }
}

/** Rotates one lane, and puts it where it goes. @param {Int32Array} state @param {number} at */
function turn(state, at) {
  const by = ROTATIONS[at];
  const to = 2 * LANES[at];
  const low = state[2 * at + (by >> 5)];
  const high = state[2 * at + 1 - (by >> 5)];
  const less = by & 31;
  SPARE[to] = less ? (low << less) | (high >>> (32 - less)) : low;
  SPARE[to + 1] = less ? (high << less) | (low >>> (32 - less)) : high;
}

/** A sponge that gives as many bytes as are asked for. */
export class Shake {
  /**
   * @param {128 | 256} strength
   * @param {...Uint8Array} parts what is hashed, one after the other
   */
  constructor(strength, ...parts) {
    this.rate = 200 - strength / 4;
    this.state = new Int32Array(50);
    this.bytes = new Uint8Array(this.state.buffer);
    let at = 0;
    for (const part of parts) {
      for (const byte of part) {
        this.bytes[at] ^= byte;
        at += 1;
        if (at === this.rate) {
          permute(this.state);
          at = 0;
        }
      }
    }
    this.bytes[at] ^= FILLED ? 0x1f : 0;
    this.bytes[this.rate - 1] ^= 0x80;
    this.at = this.rate;
  }

  /** The next byte. */
  next() {
    if (this.at === this.rate) {
      permute(this.state);
      this.at = 0;
    }
    const byte = this.bytes[this.at];
    this.at += 1;
    return byte;
  }

  /** @param {number} count @returns {Uint8Array} */
  read(count) {
    return Uint8Array.from({ length: count }, () => this.next());
  }
}
