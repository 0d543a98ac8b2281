// The VERIFY road (ledger/bundle/verify.py), offline and without a clock: files and a pinned policy -> what is proven.
//
//     bytes -> policy -> checkpoint -> inclusion -> signatures -> report's key -> links -> shares -> statement

import { b64u, isBatchId } from "./base64url.js";
import { follow } from "./chains.js";
import { againstTarget, compareGaps, FOLLOW_UP_DAYS } from "./content.js";
import { parseContext } from "./context.js";
import { LodestoneError, VerificationError } from "./errors.js";
import { recomputeEvidence } from "./evidence/evidence.js";
import { readFile } from "./format.js";
import { daysAfter } from "./instant.js";
import { sameValue } from "./json.js";
import { looksLikePdf, readPaper } from "./pdf.js";
import { parsePolicy } from "./policy.js";
import { readCredential } from "./printed.js";
import { looksLikeReceipts, verifyReceipts } from "./receipt.js";
import { check, concluded, FAILED, NOT_CHECKED, OPEN, Outcome, Steps, Stopped } from "./result.js";
import { sameBytes } from "./text.js";
import { approve, issuerKnown, proveInclusion, reportSigner, verifyCredential } from "./trust.js";
import { parseAddCheckpoint } from "./witness.js";

const CANNOT = "This report cannot be trusted";
const TRUST = new Set(["organization", "admission", "key"]);
const COMPUTED = ["statement", "verdicts", "shares", "assembly statement", "assembly verdicts"];
const WITNESSED = "old ";
const NO_PAPER = "This PDF cannot be trusted";

/**
 * @typedef {import("./result.js").Answer} Answer
 * @typedef {import("./format.js").Report} Report
 * @typedef {import("./format.js").Evidence} Evidence
 * @typedef {import("./chains.js").Chains} Chains
 * @typedef {import("./policy.js").Policy} Policy
 */

/**
 * Verify a report, its bundle, or both together, which must carry the same report; a PDF that holds them; or a
 * file of receipts. Beside them may stand what witnesses signed later. A file is recognised by its content.
 *
 * Promised: nothing is fetched, no bytes raise, and the credential is in the answer only if nothing failed. The answer is
 * what `lodestone verify --json` prints of the same files.
 * @param {Uint8Array[]} files
 * @param {{policy: Uint8Array, issuer?: string | null}} pinned the policy file that was pinned before, and who is expected
 * @returns {Promise<Answer>}
 */
export async function verifyFiles(files, { policy, issuer = null }) {
  const refused = (error) => concluded([check("file", FAILED, error.message)], "", CANNOT);
  try {
    const witnessed = files.filter((data) => String.fromCharCode(...data.subarray(0, 4)) === WITNESSED);
    const read = files.filter((data) => !witnessed.includes(data));
    if (read.length < 1 || read.length > 2 || witnessed.length > 1) {
      throw new VerificationError(
        "expected a report, its bundle, or both, and at most one file of what witnesses signed later",
      );
    }
    const [later = null] = witnessed;
    if (later !== null) parseAddCheckpoint(later);
    if (read.some(looksLikePdf)) return await verifyPaper(read, policy, issuer, later);
    if (read.length === 1 && looksLikeReceipts(read[0])) return await verifyReceipts(read[0], policy, later);
    return await verifyReport(read, policy, issuer, later);
  } catch (error) {
    if (error instanceof LodestoneError) return refused(error);
    throw error;
  }
}

/** A PDF, alone or with its bundle beside it: what is attached to it, as if it had been given alone. */
async function verifyPaper(files, policy, issuer, later) {
  const [paper, ...others] = files.filter(looksLikePdf);
  const [beside = null] = files.filter((data) => !looksLikePdf(data));
  if (others.length > 0) refuse("expected one PDF, alone or with the bundle of its report");
  if (beside !== null && beside[0] !== 0x7b) {
    refuse("a PDF holds its report: expected nothing beside it, or the bundle");
  }
  let attached;
  try {
    attached = await readPaper(paper);
    if (attached.bundle !== null && beside !== null && !sameBytes(attached.bundle, beside)) {
      refuse("another bundle is attached to this PDF than the one beside it");
    }
  } catch (error) {
    if (error instanceof LodestoneError) return concluded([check("file", FAILED, error.message)], "", NO_PAPER);
    throw error;
  }
  const bundle = beside ?? attached.bundle;
  const answer = await verifyReport(bundle === null ? [attached.report] : [attached.report, bundle], policy, issuer, later);
  if (answer.result === FAILED) return answer;
  const page = check("page", NOT_CHECKED, "this verifier does not print: the page was not compared with the report in it");
  const told = "What is printed on the page was not compared with it: rely on the report, not on the print.";
  return { ...answer, checks: [...answer.checks, page], sentence: `${answer.sentence} ${told}` };
}

/** @param {Uint8Array[]} files @returns {Promise<Answer>} */
async function verifyReport(files, policy, expected, later) {
  const steps = new Steps();
  try {
    const [report, evidence] = await steps.take("file", () => read(files));
    const pinned = await steps.take("policy", () => policyOf(policy));
    const approval = await steps.take("checkpoint", () => approvalOf(report, evidence, pinned, later));
    await steps.take("inclusion", () => inclusion(report, evidence, approval.checkpoint));
    const [trust, chains] = await steps.take("signatures", () => signatures(report, evidence));
    const signer = await steps.take("report signature", () => signed(report, trust, chains));
    await steps.take("issuer", () => issuerOf(report, signer, trust, expected));
    const [subject, context] = await steps.take("credential", () => credentialOf(report, approval.checkpoint));
    if (chains !== null) await recomputeEvidence(steps, { evidence, chains, subject, context });
    else steps.skip("statement", "it was not recomputed: that needs the bundle of this report");
    leftOpen(steps, subject);
    const good = sentenceOf(report, approval, chains, steps.checks);
    return concluded(steps.checks, good, CANNOT, notShown(subject, pinned, evidence !== null), report.credential);
  } catch (error) {
    if (error instanceof Stopped) return concluded(steps.checks, "", CANNOT);
    throw error;
  }
}

/** @returns {never} */
function refuse(sentence) {
  throw new VerificationError(sentence);
}

/** The report, and the evidence if there is a bundle. @returns {[[Report, Evidence | null], string]} */
function read(files) {
  const found = files.map(readFile);
  if (found.some((each) => each.isLog)) refuse("this is the export of a log: audit it");
  const bundles = found.filter((each) => each.evidence);
  const reports = found.filter((each) => !each.evidence);
  if (bundles.length === 2 || reports.length === 2) {
    refuse("these are two files of one sort: expected one report and its bundle");
  }
  if (bundles.length === 0) return [[reports[0].report, null], "a report, in its one form"];
  const [{ report, evidence }] = bundles;
  if (reports.length > 0 && reports[0].report.text !== report.text) {
    refuse("report: the bundle carries another report than the one beside it");
  }
  const both = "a report and its bundle, which carries the same report";
  return [[report, evidence], reports.length > 0 ? both : "a bundle, in its one form"];
}

/** @returns {[Policy, string]} */
function policyOf(data) {
  const pinned = parsePolicy(data);
  return [pinned, `trusts ${pinned.logs.map((key) => key.name).join(", ") || "no log"}`];
}

async function approvalOf(report, evidence, policy, later) {
  if (evidence !== null && evidence.checkpoint !== report.trust.checkpoint) {
    refuse("evidence.checkpoint: it is not the checkpoint of the report");
  }
  const approval = await approve(report.trust.checkpoint, policy, later);
  const { origin, size } = approval.checkpoint;
  return [approval, `${origin}, ${size} entries, ${approval.said}`];
}

/** @returns {[null, string]} */
function inclusion(report, evidence, checkpoint) {
  proveInclusion(report.trust, checkpoint);
  if (evidence !== null) {
    proveInclusion(evidence, checkpoint);
    if (!sameValue(Array.from(evidence.genesis.data), Array.from(report.trust.genesis.data))) {
      refuse("evidence.genesis: it is not that of the report");
    }
  }
  const count = (evidence ?? report.trust).entries.length;
  return [null, `genesis and ${count} records stand in the log, each at its index`];
}

/** @returns {Promise<[[Chains, Chains | null], string]>} */
async function signatures(report, evidence) {
  const trust = await follow(report.trust);
  const odd = trust.records.find((record) => !TRUST.has(record.type));
  if (odd) refuse(`${odd.entry}: a ${odd.type} record does not lead to the report's key`);
  if (evidence === null) {
    return [[trust, null], `${trust.signatures} on the way from the log to the report's key`];
  }
  const chains = await follow(evidence);
  const detail = `${chains.signatures} by the keys in force at their indexes, of ${chains.all.length} chains`;
  return [[trust, chains], detail];
}

async function signed(report, trust, chains) {
  const signer = reportSigner(report, trust);
  for (const known of chains === null ? [trust] : [trust, chains]) {
    const idle = known.reporters.find((chain) => chain.openedBy.id !== signer.openedBy.id);
    if (idle) refuse(`${idle.openedBy}: no report of this chain is here: it is not used`);
  }
  if (chains !== null) reportSigner(report, chains);
  await verifyCredential(report, signer);
  return [signer, `${report.alg}, by a key that signs reports of this log at its checkpoint`];
}

/** @returns {[null, string]} */
function issuerOf(report, signer, trust, expected) {
  const said = issuerKnown(report, signer, trust, expected);
  return [
    null,
    said || `${OPEN}the log vouches for the key, but not for the name ${report.did}: say whom you expect`,
  ];
}

/** The report's own parts fit each other, and the checkpoint. */
function credentialOf(report, checkpoint) {
  const subject = readCredential(report.credential);
  const asOf = subject.as_of;
  const same = asOf.origin === checkpoint.origin && BigInt(asOf.size) === checkpoint.size;
  if (!same || asOf.root !== b64u(checkpoint.root)) refuse("report, as_of: it is not the checkpoint of the evidence");
  if (!isBatchId(subject.batch)) refuse("report, batch: expected <record id>#<number>");
  const context = parseContext(subject.assumed ?? Object.create(null));
  if (!sameValue(subject.recycled_target, againstTarget(subject.recycled))) {
    refuse("report, recycled_target: it does not follow from recycled");
  }
  const outcome = new Outcome();
  compareGaps(subject.gaps.cells, subject.statement, outcome);
  if (outcome.result === FAILED) refuse(`report, ${outcome.detail}`);
  const { delivered } = context;
  const due = delivered === null ? null : daysAfter(delivered, FOLLOW_UP_DAYS);
  if ((subject.gaps.delivered ?? null) !== delivered || (subject.gaps.due ?? null) !== due) {
    refuse("report, gaps.due: it does not follow from the day of delivery");
  }
  if (delivered === null && subject.verdicts.length > 0) {
    refuse("report, verdicts: there are some without a day of delivery");
  }
  const detail = `on ${subject.batch}, for the ${subject.audience}, as of ${asOf.size} entries; its parts agree`;
  return [[subject, context], detail];
}

function leftOpen(steps, { certificates, inquiries }) {
  if (certificates?.length) {
    steps.skip("certificates", `${certificates.length} third parties' documents are listed, not opened`);
  }
  if (inquiries?.length) {
    steps.skip("inquiries", `${inquiries.length} inquiries are listed as the log's operator tells them`);
  }
  steps.skip("revocation", "whether the report was revoked since is only known online");
}

/** @param {Report} report @param {Chains | null} chains @param {import("./result.js").Check[]} checks */
function sentenceOf(report, approval, chains, checks) {
  const { origin, size } = approval.checkpoint;
  const said = `This report was signed by ${report.did} as of ${size} entries of the log ${origin}`;
  if (chains === null) return `${said}; what it says was not recomputed, which needs its bundle.`;
  if (!checks.some((each) => each.check === "replay")) {
    return `${said}; what it says was not recomputed, since a public report comes without its records.`;
  }
  if (checks.some((each) => each.result === NOT_CHECKED && COMPUTED.includes(each.check))) {
    return `${said}, and what it says follows from the records in its bundle as far as they are disclosed.`;
  }
  return `${said}, and what it says follows from the ${chains.records.length} records in its bundle.`;
}

/** What no verification of these files can show to this reader. @param {Policy} policy @param {boolean} withBundle */
function notShown(subject, policy, withBundle) {
  const missing =
    subject.audience !== "auditor" || !withBundle
      ? ["Mass balance, and that nothing was used twice: an audit shows them."]
      : ["A change of the rule set that the operator left out: the audit of a whole log shows it."];
  missing.push(
    "Who stands behind a key that signs under a pseudonym.",
    `Anything after entry ${subject.as_of.size}; looking online shows it.`,
    "A key's end, suspension or compromise before that which the operator left out; looking online shows it.",
  );
  if (!policy.demandsWitness) {
    missing.push("That everybody sees one and the same log: the policy names no independent witness.");
  }
  missing.push("That the first record told the truth about the ground: nothing can show that to anybody.");
  return missing;
}
