// Merkle tree arithmetic (RFC 9162 section 2.1): how long a proof must be is fixed by the sizes alone.

import { MAX_SIZE } from "./checkpoint.js";
import { sha256 } from "./digest.js";
import { ProofInvalid } from "./errors.js";
import { sameBytes } from "./text.js";

const HASH_SIZE = 32;

/** The most hashes that a proof may have. */
export const MAX_PATH = 63;

const NODE = new Uint8Array(65);
NODE[0] = 1;

/** @param {Uint8Array} left @param {Uint8Array} right */
function nodeHash(left, right) {
  NODE.set(left, 1);
  NODE.set(right, 33);
  return sha256(NODE);
}

/**
 * The hash of a leaf's bytes.
 * @param {Uint8Array} data
 * @returns {Uint8Array}
 */
export function leafHash(data) {
  const whole = new Uint8Array(data.length + 1);
  whole.set(data, 1);
  return sha256(whole);
}

/** @param {bigint} number */
function bitLength(number) {
  return number === 0n ? 0 : number.toString(2).length;
}

/** @param {Uint8Array[]} path @param {number} length */
function checkHashes(path, length) {
  if (path.length > MAX_PATH || path.length !== length) {
    throw new ProofInvalid(`expected a proof of ${length} hashes, not ${path.length}`);
  }
  if (path.some((value) => value.length !== HASH_SIZE)) throw new ProofInvalid("expected hashes of 32 bytes");
}

/**
 * The root to which an inclusion proof leads from a leaf hash (section 2.1.3.2).
 * @param {bigint} index
 * @param {bigint} size
 * @param {Uint8Array} leaf
 * @param {Uint8Array[]} path
 * @returns {Uint8Array}
 * @throws {ProofInvalid} there is no such leaf, or a length is wrong
 */
export function rootFromPath(index, size, leaf, path) {
  if (index < 0n || index >= size || size > MAX_SIZE) {
    throw new ProofInvalid(`there is no leaf ${index} in a tree of ${size}`);
  }
  // Up to this level the leaf's way and that of the last leaf differ; above it every sibling stands on the left.
  const inner = bitLength(index ^ (size - 1n));
  const ones = (index >> BigInt(inner)).toString(2).replaceAll("0", "").length;
  checkHashes(path, inner + ones);
  let node = leaf;
  path.forEach((sibling, level) => {
    const right = level >= inner || (index >> BigInt(level)) & 1n;
    node = right ? nodeHash(sibling, node) : nodeHash(node, sibling);
  });
  return node;
}

/**
 * Prove that a leaf hash stands at an index of the tree with this size and root.
 * @param {bigint} index
 * @param {bigint} size
 * @param {Uint8Array} leaf
 * @param {Uint8Array[]} path
 * @param {Uint8Array} root
 * @throws {ProofInvalid}
 */
export function verifyInclusion(index, size, leaf, path, root) {
  if (!sameBytes(rootFromPath(index, size, leaf, path), root)) {
    throw new ProofInvalid(`the inclusion proof of leaf ${index} does not lead to the root of the tree of ${size}`);
  }
}

/** How many hashes a consistency proof has. @param {bigint} oldSize @param {bigint} newSize */
function consistencyLength(oldSize, newSize) {
  let [low, high, count] = [0n, newSize, 0];
  while (high !== oldSize) {
    const middle = low + (1n << BigInt(bitLength(high - low - 1n) - 1));
    count += 1;
    if (oldSize <= middle) high = middle;
    else low = middle;
  }
  return count + (low > 0n ? 1 : 0);
}

/**
 * Prove that a tree continues an older one unchanged (section 2.1.4.2). The empty tree is refused as the old one.
 * @param {bigint} oldSize
 * @param {bigint} newSize
 * @param {Uint8Array[]} path
 * @param {Uint8Array} oldRoot
 * @param {Uint8Array} newRoot
 * @throws {ProofInvalid}
 */
export function verifyConsistency(oldSize, newSize, path, oldRoot, newRoot) {
  if (oldSize <= 0n || oldSize > newSize || newSize > MAX_SIZE) {
    throw new ProofInvalid(`a tree of ${newSize} cannot be shown to continue a tree of ${oldSize}`);
  }
  checkHashes(path, consistencyLength(oldSize, newSize));
  if (oldSize === newSize) {
    if (!sameBytes(oldRoot, newRoot)) throw new ProofInvalid(`there are two different trees of ${oldSize}`);
    return;
  }
  const steps = (oldSize & (oldSize - 1n)) === 0n ? [oldRoot, ...path] : path;
  const [old, grown] = bothRoots(oldSize - 1n, newSize - 1n, steps);
  for (const [found, root, size] of [[old, oldRoot, oldSize], [grown, newRoot, newSize]]) {
    if (!sameBytes(found, root)) {
      throw new ProofInvalid(`the consistency proof does not lead to the root of the tree of ${size}`);
    }
  }
}

/** @param {bigint} here @param {bigint} last @param {Uint8Array[]} steps */
function bothRoots(here, last, steps) {
  const up = () => {
    here >>= 1n;
    last >>= 1n;
  };
  while (here & 1n) up();
  let [old, grown] = [steps[0], steps[0]];
  for (const sibling of steps.slice(1)) {
    if (here & 1n || here === last) {
      old = nodeHash(sibling, old);
      grown = nodeHash(sibling, grown);
      while (here && !(here & 1n)) up();
    } else {
      grown = nodeHash(grown, sibling);
    }
    up();
  }
  return [old, grown];
}
