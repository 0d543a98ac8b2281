// The context of a report: the delivery that a verdict is asked for (ledger/report/context.py).

import { UsageError } from "./errors.js";
import { DATA } from "./evidence/data.js";
import { isDate } from "./instant.js";
import { isObject } from "./json.js";
import { cut, length } from "./text.js";

const MAX_TEXT = 200;
const MAX_MASS_MG = 1_000_000_000_000_000;
const COUNTRIES = new Set(DATA.vocabulary.countries);
/** White space of any script, as Python strips it. */
const SPACES = "[\\t-\\r\\u001c-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]*";
const BLANK = new RegExp(`^${SPACES}$`);
const NONE = new RegExp(`^${SPACES}none${SPACES}$`, "i");

/**
 * A request's context, checked; what was not said is null. `given` is the request's own object, which a verdict repeats.
 * @typedef {{country: string | null, cots: boolean | null, electronic_device: boolean | null, mill_product: boolean | null,
 *   mass_mg: number | null, covered_mass_mg: number | null}} EndItem
 * @typedef {{id: string, bare: boolean, since: string | null, until: string | null}} Waiver
 * @typedef {{delivered: string | null, clause: boolean | string | null, above_sat: boolean | null, outside_us: boolean | null,
 *   end_item: EndItem, waiver: Waiver | null, given: object}} Context
 */

/** @returns {never} */
function refuse(sentence) {
  throw new UsageError(sentence);
}

/**
 * The context that a request states.
 * @param {unknown} given
 * @returns {Context}
 * @throws {UsageError} a member is unknown or cannot be what it says; the sentence names the member
 */
export function parseContext(given) {
  if (!isObject(given)) refuse("The context must be an object.");
  only(given, "", ["delivered", "clause", "above_sat", "outside_us", "end_item", "waiver"]);
  return {
    delivered: dateOf(given, "", "delivered"),
    clause: clauseOf(given),
    above_sat: truthOf(given, "", "above_sat"),
    outside_us: truthOf(given, "", "outside_us"),
    end_item: endItemOf("end_item" in given ? given.end_item : Object.create(null)),
    waiver: "waiver" in given ? waiverOf(given.waiver) : null,
    given,
  };
}

function clauseOf(given) {
  if (!("clause" in given) || typeof given.clause === "boolean") return truthOf(given, "", "clause");
  const text = textOf(given, "", "clause");
  return NONE.test(text) ? false : text;
}

/** @returns {EndItem} */
function endItemOf(given) {
  if (!isObject(given)) refuse("The context's end_item must be an object.");
  only(given, "end_item.", ["country", "cots", "electronic_device", "mill_product", "mass_mg", "covered_mass_mg"]);
  const country = "country" in given ? textOf(given, "end_item.", "country") : null;
  if (country !== null && !COUNTRIES.has(country)) {
    refuse("The context's end_item.country must be an ISO 3166-1 alpha-2 code such as US.");
  }
  const [mass, covered] = [massOf(given, "mass_mg", 1), massOf(given, "covered_mass_mg", 0)];
  if (mass !== null && covered !== null && covered > mass) {
    refuse("The context's end_item.covered_mass_mg must not exceed end_item.mass_mg.");
  }
  return {
    country,
    cots: truthOf(given, "end_item.", "cots"),
    electronic_device: truthOf(given, "end_item.", "electronic_device"),
    mill_product: truthOf(given, "end_item.", "mill_product"),
    mass_mg: mass,
    covered_mass_mg: covered,
  };
}

/** @returns {Waiver} */
function waiverOf(given) {
  if (typeof given === "string") {
    return { id: textOf({ waiver: given }, "", "waiver"), bare: true, since: null, until: null };
  }
  if (!isObject(given)) refuse("The context's waiver must be its number, or an object of id, from and until.");
  only(given, "waiver.", ["id", "from", "until"]);
  const id = textOf(given, "waiver.", "id");
  const [since, until] = [dateOf(given, "waiver.", "from"), dateOf(given, "waiver.", "until")];
  if (since !== null && until !== null && since > until) {
    refuse("The context's waiver.from must not be later than waiver.until.");
  }
  return { id, bare: false, since, until };
}

/** @param {object} given @param {string} at @param {string[]} names */
function only(given, at, names) {
  for (const name of Object.keys(given)) {
    if (!names.includes(name)) refuse(`The context has no member ${at}${cut(name, 64)}; it knows ${names.join(", ")}.`);
  }
}

/** @returns {string} */
function textOf(given, at, name) {
  const value = given[name];
  if (typeof value !== "string" || BLANK.test(value) || length(value) > MAX_TEXT) {
    refuse(`The context's ${at}${name} must be a text of 1 to ${MAX_TEXT} characters.`);
  }
  return value;
}

/** @returns {boolean | null} */
function truthOf(given, at, name) {
  if (!(name in given)) return null;
  if (typeof given[name] !== "boolean") refuse(`The context's ${at}${name} must be true or false.`);
  return given[name];
}

/** @returns {string | null} */
function dateOf(given, at, name) {
  if (!(name in given)) return null;
  if (!isDate(given[name])) refuse(`The context's ${at}${name} must be a date, YYYY-MM-DD.`);
  return given[name];
}

/** @returns {number | null} */
function massOf(given, name, least) {
  if (!(name in given)) return null;
  const value = given[name];
  if (typeof value !== "number" || value < least || value > MAX_MASS_MG) {
    refuse(`The context's end_item.${name} must be an integer of milligrams, ${least} to 10^15.`);
  }
  return value;
}
