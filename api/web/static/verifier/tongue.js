// What the reader reads, in his language: sentences of the page, words of codes, and what the verifier found.
//
// The verifier itself speaks English, word for word as `lodestone verify` does. What it says is looked up here among the
// sentences of `sentences.js`, with the places filled in; what is not among them stays English, and says so by `lang`.

import { SENTENCES } from "./sentences.js";
import { WORDS } from "./words.js";

const FORMS = SENTENCES.map((sentence) => ({ sentence, form: formOf(sentence) }));
let language = "en";

/** A pattern of a sentence whose places may hold anything. @param {string} sentence */
function formOf(sentence) {
  const parts = sentence.split(/\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("([^]+?)")}$`);
}

/**
 * The language from now on.
 * @param {string} tag such as `zh-Hans`
 */
export function speak(tag) {
  language = tag.toLowerCase().startsWith("zh") ? "zh" : "en";
}

/**
 * The language that is spoken.
 * @returns {string}
 */
export function spoken() {
  return language;
}

/** @param {string} text @param {Record<string, unknown>} values */
function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (place, name) => (name in values ? String(values[name]) : place));
}

/**
 * A sentence of the page, with its places filled in.
 * @param {string} text
 * @param {Record<string, unknown>} [values]
 * @returns {string}
 */
export function _(text, values = {}) {
  return filled((language === "zh" && WORDS.sentences[text]) || text, values);
}

/**
 * The same, where the same text means something else elsewhere.
 * @param {string} context
 * @param {string} text
 * @returns {string}
 */
export function pgettext(context, text) {
  return (language === "zh" && WORDS.sentences[`${context}\u0004${text}`]) || text;
}

/**
 * The word for a code; what is no code stays as it is.
 * @param {string} kind
 * @param {string} code
 * @returns {string}
 */
export function term(kind, code) {
  const known = WORDS.labels[kind];
  return known && Object.hasOwn(known, code) ? known[code][language === "zh" ? 1 : 0] : code;
}

/**
 * The name of a country; a code that is unknown stays as it is.
 * @param {string} code
 * @returns {string}
 */
export function country(code) {
  return Object.hasOwn(WORDS.countries, code) ? WORDS.countries[code][language === "zh" ? 1 : 0] : code;
}

/**
 * What the verifier said, in the language that is spoken if that is known.
 * @param {string} said
 * @returns {{text: string, lang: string}}
 */
export function translated(said) {
  if (language === "zh") {
    for (const { sentence, form } of FORMS) {
      const found = form.exec(said);
      const chinese = WORDS.sentences[sentence];
      if (found !== null && chinese) {
        const names = [...sentence.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
        const values = Object.fromEntries(names.map((name, at) => [name, inner(name, found[at + 1])]));
        return { text: filled(chinese, values), lang: "zh" };
      }
    }
  }
  return { text: said, lang: "en" };
}

/** What fills a place: `why` and `said` are themselves sentences, some are codes. @param {string} name @param {string} said */
function inner(name, said) {
  if (name === "audience" || name === "verdict") return term(name, said);
  return name === "why" || name === "said" ? translated(said).text : said;
}

/**
 * A share in per cent, exact.
 * @param {number} ppm
 * @returns {string}
 */
export function percent(ppm) {
  const fraction = String(ppm % 10_000).padStart(4, "0").replace(/0+$/, "");
  return `${Math.floor(ppm / 10_000)}${fraction ? `.${fraction}` : ""} %`;
}
