/**
 * Judging the evidence of a bundle: the part of the road that follows the batch upstream, replays what was done to it,
 * and holds the report against that (ledger/bundle/verify.py, step 9).
 */

import { VerificationError } from "../errors.js";
import { readGraph } from "./graph.js";
import { recompute } from "./recompute.js";

const TRUST = new Set(["organization", "admission", "key"]);

/**
 * Follow the batch upstream, replay what was done to it, and hold the report against that.
 * @param {import("../result.js").Steps} steps
 * @param {{evidence: any, chains: any, subject: any, context: any}} proven - what earlier steps have proven
 * @returns {Promise<void>}
 */
export async function recomputeEvidence(steps, { evidence, chains, subject, context }) {
  const others = chains.records.filter((/** @type {any} */ record) => !TRUST.has(record.type));
  if (subject.audience === "public") {
    const why = "a public report comes without records of the chain";
    if (others.length > 0) {
      await steps.take("links", () => {
        throw new VerificationError(`${others[0].entry}: ${why}`);
      });
    }
    steps.skip("statement", `it was not recomputed: ${why}`);
    return;
  }
  const cited = new Set([...(subject.certificates ?? []), ...(subject.inquiries ?? [])].map((each) => each.record));
  const graph = await steps.take("links", () => {
    const audited = subject.audience === "auditor";
    const found = readGraph(chains.records, subject.batch, cited, evidence.depth !== null, audited);
    const made = `${found.nodes.size} records make the ${found.batches.size} batches upstream`;
    return [found, `${made}; none is missing or unused`];
  });
  const checks = await steps.take("replay", async () => {
    const found = await recompute(graph, chains, subject, context, evidence.genesis.rules);
    return [found, "what was disclosed of each record is well formed and fits together"];
  });
  steps.checks.push(...checks);
}
