// The answer, drawn: one sentence, the checks, and, only where nothing failed, what the report says.

import { el } from "./dom.js";
import { FAILED, PASSED } from "./result.js";
import { reportView } from "./reportview.js";
import { _, pgettext, term, translated } from "./tongue.js";

const MARKS = { passed: "pass", failed: "fail" };

/** @param {string} tag @param {string} said */
function told(tag, said) {
  const { text, lang } = translated(said);
  return el(tag, { lang }, text);
}

/**
 * A word with a colour, which never says more than the word.
 * @param {string} result
 * @param {string} word
 * @returns {HTMLElement}
 */
export function badge(result, word) {
  return el("span", { class: `badge ${MARKS[result] ?? "unknown"}` }, word);
}

/** The names of the checks, in the order in which they are made. @returns {Map<string, string>} */
function namesOfChecks() {
  const names = [
    ["file", pgettext("check", "file")],
    ["policy", pgettext("check", "policy")],
    ["checkpoint", pgettext("check", "checkpoint")],
    ["inclusion", pgettext("check", "inclusion")],
    ["signatures", pgettext("check", "signatures")],
    ["report signature", pgettext("check", "report signature")],
    ["issuer", pgettext("check", "issuer")],
    ["credential", pgettext("check", "credential")],
    ["links", pgettext("check", "links")],
    ["replay", pgettext("check", "replay")],
    ["description", pgettext("check", "description")],
    ["shares", pgettext("check", "shares")],
    ["masses", pgettext("check", "masses")],
    ["statement", pgettext("check", "statement")],
    ["recycled content", pgettext("check", "recycled content")],
    ["completeness", pgettext("check", "completeness")],
    ["verdicts", pgettext("check", "verdicts")],
    ["assembly", pgettext("check", "assembly")],
    ["assembly statement", pgettext("check", "assembly statement")],
    ["assembly verdicts", pgettext("check", "assembly verdicts")],
    ["upstream", pgettext("check", "upstream")],
    ["certificates", pgettext("check", "certificates")],
    ["inquiries", pgettext("check", "inquiries")],
    ["revocation", pgettext("check", "revocation")],
    ["receipt", pgettext("check", "receipt")],
    ["page", pgettext("check", "page")],
  ];
  return new Map(names);
}

/**
 * Everything that is shown of an answer. Of a file that failed nothing is shown but what failed.
 * @param {import("./result.js").Answer} answer
 * @param {string[]} names of the files
 * @returns {HTMLElement}
 */
export function answerView(answer, names) {
  const good = answer.result === PASSED;
  const sentence = el(
    "div",
    { class: `note ${!good ? "bad" : printed(answer) ? "warn" : "good"} said` },
    el("p", {}, verdict(answer), " ", el("bdi", {}, names.join(", "))),
    headline(answer),
  );
  const parts = [sentence, el("h2", {}, _("What was checked")), checksView(answer.checks)];
  if (good && answer.credential) parts.push(reportView(answer.credential));
  if (good && answer.not_shown.length > 0) {
    parts.push(el("h2", {}, _("What this does not show")));
    parts.push(el("ul", { class: "not-shown" }, ...answer.not_shown.map((each) => told("li", each))));
  }
  return el("div", { class: "answer" }, ...parts);
}

/** Whether there is a printed page that nobody compared: who reads the paper must not take this answer for its. */
function printed(answer) {
  return answer.checks.some(({ check, result }) => check === "page" && result !== PASSED);
}

function verdict(answer) {
  if (answer.result !== PASSED) return badge(answer.result, _("Not to be trusted"));
  if (printed(answer)) return badge("not checked", _("Only the report inside is genuine"));
  return badge(answer.result, _("Genuine"));
}

function headline(answer) {
  const made = told("p", answer.sentence);
  made.className = "lead";
  return made;
}

/** @param {import("./result.js").Check[]} checks */
function checksView(checks) {
  const names = namesOfChecks();
  const rows = checks.map(({ check, detail, result }) =>
    el(
      "li",
      { class: result === FAILED ? "failed" : null },
      badge(result, term("status", result)),
      el("span", {}, el("b", {}, names.get(check) ?? check), " ", told("span", detail)),
    ),
  );
  return el("ul", { class: "checks" }, ...rows);
}
