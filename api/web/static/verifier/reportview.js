// What a report says, once it is known to be genuine: verdicts, statement, recycled content. Unknown is drawn as unknown.

import { drawn, el } from "./dom.js";
import { _, country, percent, term } from "./tongue.js";

const BUCKETS = ["mined", "refined", "metals_and_alloys"];
const BODY = ["sintered_or_bonded", "magnetized"];
const SOURCES = ["post_consumer_ppm", "pre_consumer_ppm", "primary_ppm", "unknown_ppm"];
const COMPLETENESS = ["traced_ppm", "declared_ppm", "unknown_ppm"];
const BADGES = { PASS: "pass", FAIL: "fail" };

/**
 * The report, drawn.
 * @param {any} credential
 * @returns {HTMLElement}
 */
export function reportView(credential) {
  const subject = credential.credentialSubject;
  const parts = [el("h2", {}, _("What the report says")), factsView(credential), ...entryView(subject)];
  for (const magnet of subject.magnets ?? []) {
    const name = el("code", { class: "id" }, magnet.batch);
    parts.push(el("details", {}, el("summary", {}, _("Magnet lot inside"), " ", name), ...entryView(magnet)));
  }
  return el("section", { class: "reported" }, ...parts);
}

/** @param {string} name @param {...(Node | string)} value */
function fact(name, ...value) {
  return el("div", {}, el("dt", {}, name), el("dd", {}, ...value));
}

function factsView({ issuer, validFrom, credentialSubject: subject }) {
  const facts = [
    fact(_("Batch"), el("code", { class: "id" }, subject.batch)),
    fact(_("Issued by"), el("bdi", {}, issuer)),
    fact(_("Made at"), el("time", { datetime: validFrom }, validFrom)),
    fact(_("Material"), term("material", subject.material)),
    fact(_("For"), term("audience", subject.audience)),
  ];
  if (subject.magnet_type) facts.push(fact(_("Magnet type"), term("magnet-type", subject.magnet_type)));
  if (subject.consolidation) facts.push(fact(_("Consolidation"), term("consolidation", subject.consolidation)));
  for (const [name, value] of [[_("Lot"), subject.lot], [_("Grade"), subject.grade], [_("Coating"), subject.coating]]) {
    if (value) facts.push(fact(name, el("bdi", {}, value)));
  }
  if (subject.composition) facts.push(fact(_("Composition"), compositionView(subject.composition)));
  if (subject.custody) facts.push(fact(_("Custody"), subject.custody.map((model) => term("custody", model)).join(", ")));
  return el("dl", { class: "facts" }, ...facts);
}

function compositionView(composition) {
  const elements = Object.keys(composition).sort((one, other) => composition[other] - composition[one]);
  const shares = elements.map((each) => el("li", {}, el("b", {}, each), ` ${percent(composition[each])}`));
  return el("ul", { class: "shares" }, ...shares);
}

/** What is said of a batch, or of one magnet lot of an assembly. */
function entryView({ verdicts, statement, recycled, completeness }) {
  return [
    el("h3", {}, _("Delivery to the US Department of Defense")),
    ...(verdicts.length > 0
      ? verdicts.map(verdictView)
      : [el("p", {}, _("No verdict: no day of delivery was stated, or it is no magnet that a law pack knows."))]),
    el("h3", {}, _("Where it was made")),
    el("p", { class: "small", lang: "en" }, statement.title),
    ...statementView(statement),
    el("h3", {}, _("Recycled content")),
    recycledView(recycled),
    el("p", { class: "small" }, _("Completeness"), ": ", COMPLETENESS.map((name) => known(name, completeness)).join(" · ")),
  ];
}

function known(name, completeness) {
  return `${term("completeness", name)} ${percent(completeness[name])}`;
}

function verdictView(verdict) {
  const { delivered, reasons, needs, remarks, rule_pack: pack } = verdict;
  const mark = (code) => el("span", { class: `badge ${BADGES[code] ?? "unknown"}` }, term("verdict", code));
  const ground = _("Ground: {ground}", { ground: term("ground", verdict.ground) });
  const parts = [
    el("p", {}, mark(verdict.verdict), " ", el("code", {}, pack), " · ", _("delivered on {day}", { day: delivered })),
    el("p", { class: "small" }, ground, " · ", _("Strictly read"), ": ", mark(verdict.strict)),
  ];
  if (reasons.length > 0) {
    const lines = reasons.map((each) =>
      el(
        "li",
        {},
        `${nameOf(each.element)}: ${term("step", each.stage)}, `,
        countryView(each.country),
        `, ${percent(each.share_ppm)}`,
      ),
    );
    parts.push(el("p", {}, _("Why")), el("ul", {}, ...lines));
  }
  if (needs.length > 0) parts.push(el("p", {}, _("What would settle it")), foreignList(needs));
  if (remarks.length > 0) {
    parts.push(el("details", {}, el("summary", {}, _("Remarks ({n})", { n: remarks.length })), foreignList(remarks)));
  }
  return el("div", { class: "box" }, ...parts);
}

/** Sentences as the report has them, which are in English. */
function foreignList(items) {
  return el("ul", { lang: "en" }, ...items.map(({ what }) => el("li", {}, what)));
}

function nameOf(element) {
  return element === "*" ? term("element", element) : `${element} (${term("element", element)})`;
}

function countryView(code) {
  return el("span", { class: "country" }, el("abbr", { title: country(code) }, code), ` ${country(code)}`);
}

function statementView(statement) {
  const head = BUCKETS.map((bucket) => el("th", { scope: "col" }, term("bucket", bucket)));
  const rows = Object.keys(statement.elements).map((element) => {
    const row = statement.elements[element];
    const below = statement.beneath?.[element] ?? {};
    const cells = [
      cellsView(row.mined, "beneficiated", below.beneficiated),
      cellsView(row.refined, "fluorinated", below.fluorinated),
      cellsView(row.metals_and_alloys),
    ];
    return el("tr", {}, el("th", { scope: "row" }, nameOf(element)), ...cells.map((cell) => el("td", {}, cell)));
  });
  const body = BODY.map((bucket) =>
    el("tr", {}, el("th", { scope: "row" }, term("bucket", bucket)), el("td", {}, cellsView(statement[bucket]))),
  );
  return [
    tableView(_("Each element, by the steps of section 857"), [el("th", { scope: "col" }, _("Element")), ...head], rows),
    tableView(_("The magnet's body"), [el("th", { scope: "col" }, _("Step")), el("th", { scope: "col" }, _("Where"))], body),
  ];
}

function tableView(title, head, rows) {
  const table = el("table", {}, el("caption", {}, title), el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...rows));
  return el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": title }, table);
}

/** A list of cells; beneath it the step that is shown apart. */
function cellsView(cells, apart = "", beneath = undefined) {
  const lines = cells.map((cell) => el("li", {}, `${percent(cell.share_ppm)} `, answerOf(cell)));
  for (const cell of beneath ?? []) {
    lines.push(el("li", { class: "small" }, `${term("bucket", apart)}: ${percent(cell.share_ppm)} `, answerOf(cell)));
  }
  return el("ul", { class: "shares" }, ...lines);
}

function answerOf({ basis, countries, reason }) {
  if (basis === "unknown") {
    return el("span", { class: "unknown" }, term("basis", basis), reason ? ` (${term("reason", reason)})` : "");
  }
  const word = term("basis", basis);
  return countries.length > 0
    ? el("span", {}, ...drawn(countries, countryView), ` (${word})`)
    : el("span", {}, word);
}

function recycledView(recycled) {
  const head = [_("Element"), ...SOURCES.map((source) => term("source", source))];
  const rows = Object.keys(recycled).map((element) => {
    const name = element === "total_rare_earth" ? term("source", element) : nameOf(element);
    const shares = SOURCES.map((source) => el("td", { class: "share" }, percent(recycled[element][source])));
    return el("tr", {}, el("th", { scope: "row" }, name), ...shares);
  });
  const cells = head.map((each) => el("th", { scope: "col" }, each));
  return tableView(_("Where each element came from"), cells, rows);
}
