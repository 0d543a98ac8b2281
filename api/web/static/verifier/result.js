// What verification answers: one sentence, then checks, each passed, failed, or not checked, with the reason.

import { LodestoneError } from "./errors.js";

export const PASSED = "passed";
export const FAILED = "failed";
export const NOT_CHECKED = "not checked";

/** Begins the sentence of a step that found nothing wrong, but nothing to hold against either. */
export const OPEN = "?";

/**
 * One thing that was looked at. Where it failed, `detail` says where.
 * @typedef {{check: string, detail: string, result: string}} Check
 * @typedef {{sentence: string, result: string, checks: Check[], not_shown: string[], credential?: object}} Answer
 */

/**
 * A check, as `lodestone verify --json` prints it.
 * @param {string} name
 * @param {string} result
 * @param {string} detail
 * @returns {Check}
 */
export function check(name, result, detail) {
  return { check: name, detail, result };
}

/**
 * The answer that follows from the checks: `good` if none failed, else `bad` and the first failure. What an unverified
 * credential says is not handed on, so that nobody can take it for verified.
 * @param {Check[]} checks
 * @param {string} good
 * @param {string} bad
 * @param {string[]} [notShown]
 * @param {object} [credential]
 * @returns {Answer}
 */
export function concluded(checks, good, bad, notShown = [], credential = undefined) {
  const failed = checks.find((each) => each.result === FAILED);
  if (failed !== undefined) {
    return { checks, not_shown: notShown, result: FAILED, sentence: `${bad}: ${failed.detail}` };
  }
  const answer = { checks, not_shown: notShown, result: PASSED, sentence: good };
  return credential === undefined ? answer : { ...answer, credential };
}

/** A step failed, and what follows would stand on it. */
export class Stopped extends Error {}

/** The checks so far. A step gives a value and a sentence; one that begins with `OPEN` could not be checked. */
export class Steps {
  constructor() {
    /** @type {Check[]} */
    this.checks = [];
  }

  /**
   * @template T
   * @param {string} name
   * @param {() => Promise<[T, string]> | [T, string]} step
   * @returns {Promise<T>}
   */
  async take(name, step) {
    let value;
    let detail;
    try {
      [value, detail] = await step();
    } catch (error) {
      if (!(error instanceof LodestoneError)) throw error;
      this.checks.push(check(name, FAILED, error.message));
      throw new Stopped(error.message);
    }
    if (detail.startsWith(OPEN)) this.skip(name, detail.slice(OPEN.length));
    else this.checks.push(check(name, PASSED, detail));
    return value;
  }

  /** @param {string} name @param {string} why */
  skip(name, why) {
    this.checks.push(check(name, NOT_CHECKED, why));
  }
}

/** The result of comparing many things: the worst of all, and the first that is so bad, in words. */
export class Outcome {
  constructor() {
    this.result = PASSED;
    this.detail = "";
    this.compared = 0;
  }

  /** Take in the result of one comparison. @param {string} result @param {string} detail */
  note(result, detail) {
    const order = [PASSED, NOT_CHECKED, FAILED];
    if (order.indexOf(result) > order.indexOf(this.result)) {
      this.result = result;
      this.detail = detail;
    }
  }
}
