// The next records of a chain, signed one after the other: each names the one before it, and by `@<number>` what an
// earlier one of the same file made, since its id is known only when it is signed.

import { buildPayload, freshSalt, signEnvelope } from "./build.js";

const VERSION = "lodestone-record/1";
const EARLIER = /^@(0|[1-9][0-9]{0,3})(#[0-9]{1,4})?$/;

/** Members that name a record or a batch; nowhere else a text that looks like `@1` is anything but itself. */
const NAMING = new Set(["batch", "facility", "follows", "inquiry", "operator", "since", "transfer", "was"]);

/**
 * What the service prepared: the ledger's name, where the chain stands, and the members of each record.
 * @typedef {{ledger: string, chain: {id: string, seq: number, head: string}, records: Record<string, unknown>[]}} Prepared
 */

/**
 * Signs records as the next ones of a chain, as if each were accepted.
 * @param {Prepared} prepared
 * @param {{alg: string, kid: string, sign: (message: Uint8Array) => Promise<Uint8Array>}[]} signers
 * @param {() => Uint8Array} [salt]
 * @returns {Promise<{id: string, envelope: string}[]>}
 */
export async function signAll({ ledger, chain, records }, signers, salt = freshSalt) {
  const signed = [];
  let { seq, head } = chain;
  for (const { type, at, chain: _, ...members } of records) {
    const place = { id: chain.id, seq: seq + 1, ...(seq >= 0 ? { prev: head } : {}) };
    const record = { v: VERSION, log: ledger, type, chain: place, at, ...named(members, signed) };
    const { payload, disclosures, id } = buildPayload(record, salt);
    signed.push({ id, envelope: await signEnvelope(payload, disclosures, signers) });
    seq += 1;
    head = id;
  }
  return signed;
}

/** The members with the ids of earlier records in the place of their numbers. */
function named(value, signed, name = "") {
  if (Array.isArray(value)) return value.map((each) => named(each, signed, name));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, named(each, signed, key)]));
  }
  const found = typeof value === "string" && NAMING.has(name) ? EARLIER.exec(value) : null;
  const earlier = found && signed[Number(found[1])];
  return earlier ? earlier.id + (found[2] ?? "") : value;
}
