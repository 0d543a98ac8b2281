// Leaves (docs/formats/leaf-and-log.md): what the log says of a record, and the tags that it says it with.

import { canonical } from "./json.js";
import { digest, digestText } from "./digest.js";
import { joined, utf8 } from "./text.js";

export const LEAF_VERSION = "lodestone-leaf/1";
export const GENESIS_VERSION = "lodestone-genesis/1";

/**
 * The tag of a record's place in its chain.
 * @param {string} chain
 * @param {number} seq
 * @returns {string}
 */
export function chainTag(chain, seq) {
  return digestText(canonical(["lodestone-chain/1", chain, seq]));
}

/**
 * The second tag of a record that changes nothing: it looks like any other.
 * @param {string} chain
 * @param {number} seq
 * @returns {string}
 */
export function fillerTag(chain, seq) {
  return digestText(canonical(["lodestone-filler/1", chain, seq]));
}

/**
 * The second tag of a record that changes the standing of the one with this payload; `number` did so before.
 * @param {Uint8Array} payload
 * @param {number} number
 * @returns {string}
 */
export function statusTag(payload, number) {
  return digest(joined(utf8(`lodestone-status/1\n${number}\n`), payload));
}
