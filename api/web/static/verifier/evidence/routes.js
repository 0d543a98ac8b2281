/**
 * Routes: for one element of a batch, where it has been, and how that is known (ledger/material/routes.py).
 *
 * Equal routes are one object, so that they compare by identity and serve as keys of a Map.
 *
 * @typedef {{step: string, countries: readonly string[], basis: string}} Stage
 * @typedef {{
 *   origin: string, stages: readonly Stage[], known: string, reason: string, key: string, formed: boolean,
 * }} Route
 * @typedef {Map<Route, bigint>} Masses
 */

import { DATA } from "./data.js";
import { compare } from "./quantity.js";

export const BODY = "*";
export const TRACED = "traced";
export const DECLARED = "declared";
export const RECYCLED_ORIGINS = new Set(["post-consumer", "pre-consumer"]);

const WORDS = DATA.vocabulary;
export const HANDLING = new Set(WORDS.handling_steps);
export const FORMING = new Set(WORDS.forming_steps);
export const FORMED_MATERIALS = new Set(WORDS.formed_materials);
export const SECONDARY_MATERIALS = new Set(WORDS.secondary_materials);
export const RARE_EARTHS = new Set(WORDS.rare_earths);
export const LOST_IN_LOOP = new Set(WORDS.lost_in_loop);
export const REENTRY = new Set(WORDS.reentry_steps);

/** @type {Map<string, Route>} */
const ROUTES = new Map();

/**
 * The one route of these values; `stages` are sorted by step, each step once.
 * @param {string} origin
 * @param {readonly Stage[]} [stages]
 * @param {string} [known]
 * @param {string} [reason]
 * @returns {Route}
 */
export function routeOf(origin, stages = [], known = "", reason = "") {
  const listed = stages.map((s) => `"${s.step}":{"basis":"${s.basis}","countries":${JSON.stringify(s.countries)}}`);
  const shown = [
    ...(known ? [`"known":"${known}"`] : []),
    `"origin":"${origin}"`,
    ...(reason ? [`"reason":"${reason}"`] : []),
    `"stages":{${listed.join(",")}}`,
  ];
  const key = `{${shown.join(",")}}`;
  let route = ROUTES.get(key);
  if (route === undefined) {
    const formed = stages.some((stage) => FORMING.has(stage.step));
    route = Object.freeze({ origin, stages: Object.freeze([...stages]), known, reason, key, formed });
    ROUTES.set(key, route);
  }
  return route;
}

/** The route of mass that no input accounts for. */
export const UNDETERMINED = routeOf("undetermined");
/** The route of what the evidence does not tell. */
export const HIDDEN = routeOf("undisclosed", [], "", "withheld");
/** The route of everything that a compromised key has said. */
export const COMPROMISED = routeOf("undisclosed", [], "", "compromised");

/**
 * Whether a route is one of which something is withheld.
 * @param {Route} route
 */
export function isHidden(route) {
  return route.reason === HIDDEN.reason;
}

/**
 * The stage of a step, or undefined where the route does not say that it happened.
 * @param {Route} route
 * @param {string} step
 * @returns {Stage | undefined}
 */
export function stageOf(route, step) {
  return route.stages.find((stage) => stage.step === step);
}

/**
 * The route after these steps in this country: two countries in one stage form a set.
 * @param {Route} route
 * @param {readonly string[]} steps
 * @param {string} country
 * @param {string} basis
 * @returns {Route}
 */
export function stamp(route, steps, country, basis) {
  const stages = new Map(route.stages.map((stage) => [stage.step, stage]));
  for (const step of steps) {
    const before = stages.get(step);
    if (before === undefined) {
      stages.set(step, { step, countries: [country], basis });
    } else {
      const countries = [...new Set([...before.countries, country])].sort(compare);
      const known = before.basis === TRACED && basis === TRACED ? TRACED : DECLARED;
      stages.set(step, { step, countries, basis: known });
    }
  }
  const sorted = [...stages.values()].sort((a, b) => compare(a.step, b.step));
  return routeOf(route.origin, sorted, route.known, route.reason);
}

/**
 * The route of formed material that goes back to powder, alloy or further: its shaping no longer counts.
 * @param {Route} route
 */
export function unformed(route) {
  const kept = route.stages.filter((stage) => !LOST_IN_LOOP.has(stage.step));
  return routeOf(route.origin, kept, route.known, route.reason);
}

/**
 * The route of scrap, swarf or residue after its sale: mined or declared becomes pre-consumer.
 * @param {Route} route
 */
export function asSecondary(route) {
  if (route.origin === "mined") {
    return routeOf("pre-consumer", route.stages, stageOf(route, "mine")?.basis ?? DECLARED, route.reason);
  }
  if (route.origin === "declared") return routeOf("pre-consumer", route.stages, DECLARED, route.reason);
  return route;
}

/**
 * The route of what a declared or undisclosed origin brings of an element (or of the body).
 * @param {Map<string, Map<string, string[]>> | null} stages - element or `*` -> step -> countries; null: undisclosed
 * @param {string} element
 */
export function originRoute(stages, element) {
  if (stages === null) return routeOf("undisclosed");
  const said = stages.get(element) ?? stages.get("*") ?? new Map();
  const known = [...said].sort((a, b) => compare(a[0], b[0]));
  const listed = known.map(([step, countries]) => ({
    step,
    countries: [...new Set(countries)].sort(compare),
    basis: DECLARED,
  }));
  return routeOf("declared", listed);
}

/**
 * Where and how a process happens.
 * @typedef {{steps: readonly string[], country: string, basis: string}} Place
 * @param {Place} place
 * @param {string | null | undefined} step - the first step that an input takes part in
 * @returns {readonly string[]}
 */
export function stepsFrom(place, step) {
  return step ? place.steps.slice(place.steps.indexOf(step)) : place.steps;
}
