// What a report prints, as types (ledger/bundle/printed.py): every member known, every list of cells summing to a million.

import { VerificationError } from "./errors.js";
import { DATA } from "./evidence/data.js";
import { isDate, isTime } from "./instant.js";
import { any, list, map, object, oneOf, pattern, ppm, text, that, whole, words } from "./models.js";

const HASH = "sha-256:[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]";
const digest = pattern(`^${HASH}$`);
const batchId = pattern(`^${HASH}#(0|[1-9][0-9]{0,3})$`);
const time = that(isTime, "expected a time such as 2026-01-31T12:00:00Z");
const date = that(isDate, "expected a date such as 2026-01-31");
const moment = that(
  (value) => isDate(value) || isTime(value),
  "expected a date such as 2026-01-31 or a time such as 2026-01-31T12:00:00Z",
);
const result = oneOf(["PASS", "FAIL", "UNKNOWN"]);

const cell = object(
  "PrintedCell",
  { basis: oneOf(["traced", "declared", "recycled", "unknown", "not-done"]), countries: list(text), share_ppm: ppm },
  { reason: words, inquiries: list(digest) },
);

/** @param {any[]} cells */
function wrongSum(cells) {
  if (cells.reduce((sum, each) => sum + each.share_ppm, 0) !== 1_000_000) return "its shares do not sum to 1,000,000";
  const said = cells.map((each) => JSON.stringify([each.countries, each.basis, each.reason || ""]));
  return new Set(said).size === said.length ? "" : "two of its cells say the same";
}

const cells = list(cell, wrongSum);
const row = object("PrintedRow", { mined: cells, refined: cells, metals_and_alloys: cells });
const beneath = object("PrintedBeneath", {}, { beneficiated: list(cell), fluorinated: list(cell) });
const statement = object(
  "PrintedStatement",
  { title: words, elements: map(any, row), sintered_or_bonded: cells, magnetized: cells },
  { beneath: map(any, beneath) },
);

const reason = object(
  "PrintedReason",
  { element: text, stage: text, country: text, share_ppm: ppm },
  { batch: batchId },
);
const need = object(
  "PrintedNeed",
  { element: text, stages: list(text), share_ppm: ppm, what: words },
  { batch: batchId },
);
const remark = object(
  "PrintedRemark",
  { code: text, what: words },
  { element: text, stages: list(text), country: text, share_ppm: ppm, batch: batchId },
);
const verdict = object("PrintedVerdict", {
  assumed: map(any, any),
  delivered: date,
  ground: text,
  needs: list(need),
  pack_digest: digest,
  reasons: list(reason),
  remarks: list(remark),
  rule_pack: text,
  strict: result,
  verdict: result,
});

const shares = object("PrintedShares", {
  post_consumer_ppm: ppm,
  pre_consumer_ppm: ppm,
  primary_ppm: ppm,
  unknown_ppm: ppm,
});
const completeness = object("PrintedCompleteness", { traced_ppm: ppm, declared_ppm: ppm, unknown_ppm: ppm });

const ENTRY = { batch: batchId, material: text };
const JUDGED = { statement, verdicts: list(verdict), recycled: map(any, shares), completeness };
const OF_MAGNET = { magnet_type: text, composition: map(oneOf(DATA.vocabulary.elements), ppm) };
const IN_ENTRY = [...Object.keys(ENTRY), ...Object.keys(OF_MAGNET), ...Object.keys(JUDGED)];
const entry = object("PrintedEntry", { ...ENTRY, ...JUDGED }, OF_MAGNET, IN_ENTRY);

const inquiry = object(
  "PrintedInquiry",
  { record: digest, outcome: text },
  { sent: moment, due: moment, closed: moment },
);
const gap = object("PrintedGap", {
  element: text,
  bucket: text,
  reason: text,
  share_ppm: ppm,
  inquiries: list(inquiry),
});
const gaps = object("PrintedGaps", { cells: list(gap) }, { delivered: date, due: date });
const root = pattern("^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$");
const asOf = object("PrintedAsOf", { origin: text, size: whole, root });
const certificate = object(
  "PrintedCertificate",
  { about: text, record: digest, scheme: words },
  { valid: map(oneOf(["from", "to"]), date), number: words, certifier: words, document: digest },
);

const OWN = { id: text, audience: oneOf(["public", "buyer", "auditor"]), as_of: asOf };
const SAID = { consolidation: text, coating: text, grade: text, form: text, lot: text };
const FOUND = { recycled_target: map(any, any), gaps };
const LISTED = {
  custody: list(text),
  owners: map(any, list(text)),
  certificates: list(certificate),
  magnets: list(entry),
  assumed: map(any, any),
  inquiries: list(inquiry),
};
const IN_SUBJECT = [...IN_ENTRY, ...[OWN, SAID, FOUND, LISTED].flatMap((members) => Object.keys(members))];
const subject = object(
  "PrintedSubject",
  { ...ENTRY, ...JUDGED, ...OWN, ...FOUND },
  { ...OF_MAGNET, ...SAID, ...LISTED },
  IN_SUBJECT,
);

const status = object("_Status", {
  id: text,
  type: oneOf(["BitstringStatusListEntry"]),
  statusPurpose: oneOf(["revocation"]),
  statusListIndex: pattern("^(0|[1-9][0-9]{0,8})$"),
  statusListCredential: text,
});
const credential = object("_Credential", {
  "@context": (value) => {
    const count = Array.isArray(value) ? value.length : 2;
    if (count === 2) return list(text)(value);
    const said = `List should have at ${count < 2 ? "least" : "most"} 2 items after validation, not ${count}`;
    return (count < 2 ? list(text)(value) : null) ?? { at: [], said };
  },
  id: text,
  type: list(text),
  issuer: text,
  validFrom: time,
  credentialStatus: status,
  credentialSubject: subject,
  trust: map(any, any),
});

/**
 * The subject of a credential all of whose members are known and well formed.
 * @param {any} value
 * @returns {any}
 * @throws {VerificationError} they are not; the sentence names the member
 */
export function readCredential(value) {
  const found = credential(value);
  if (found !== null) throw new VerificationError(`report, ${found.at.join(".")}: ${found.said}`);
  if (value["@context"][0] !== "https://www.w3.org/ns/credentials/v2") {
    throw new VerificationError("report, @context: expected the W3C context of credentials first");
  }
  if (value.type.join(" ") !== "VerifiableCredential MagnetTransparencyReport" || value.type.length !== 2) {
    throw new VerificationError("report, type: this is no magnet transparency report");
  }
  const printed = value.credentialSubject;
  if (printed.id !== `urn:lodestone:${printed.batch}`) {
    throw new VerificationError("report, credentialSubject.id: it is not that of the batch");
  }
  return printed;
}
