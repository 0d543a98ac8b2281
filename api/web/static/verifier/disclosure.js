// Opening a record: every disclosure in the place of its digest, every hole kept (RFC 9901 section 7, and stricter).
//
// A withheld element stays in its place as `WITHHELD`, and an object knows how many of its members are withheld.

import { b64u, unb64u } from "./base64url.js";
import { sha256 } from "./digest.js";
import { NotCanonical, NotJson, Refused, TooDeep, ValueFault, violation } from "./errors.js";
import { isObject, parseCanonical } from "./json.js";
import { clearMembers, holdsDigests, isName, partsOf } from "./shape.js";
import { utf8 } from "./text.js";

const ITEM = /^\["[A-Za-z0-9_-]{21}[AQgw]",/;
const DIGEST = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;
const DEEPEST = 200;
const DEPTH = 199;
/** Stands for a disclosure of which it is said already what is wrong. */
const BAD = [];

/** An element that is there and not disclosed. */
export const WITHHELD = Symbol("withheld");

/**
 * An object whose members were disclosures, as far as they were disclosed. `withheld` counts the digests that stay
 * closed: so many members are unknown, and nobody can say which.
 */
export class Opened extends Map {
  constructor() {
    super();
    this.withheld = 0;
  }
}

/**
 * The record as a tree, as in a replay: holes are taken, but no disclosure without its digest. Not checked: signatures,
 * and everything that the members mean.
 * @param {import("./envelope.js").Envelope} envelope
 * @returns {Opened}
 * @throws {Refused} all that is wrong, at once
 */
export function openRecord(envelope) {
  const opening = new Opening(envelope);
  const tree = opening.tree();
  if (opening.wrong.length > 0) throw new Refused(opening.wrong);
  return tree;
}

/** How many levels of arrays and objects a value has. @param {unknown} value @returns {number} */
function levelsOf(value) {
  if (typeof value !== "object") return 0;
  const members = Array.isArray(value) ? value : Object.values(value);
  return 1 + members.reduce((most, member) => Math.max(most, levelsOf(member)), 0);
}

/** One record being opened. `closed` maps the digest of each disclosure that is not used yet to its place. */
class Opening {
  /** @param {import("./envelope.js").Envelope} envelope */
  constructor(envelope) {
    this.claims = envelope.claims;
    this.wrong = [];
    this.seen = [];
    this.closed = new Map();
    this.items = envelope.disclosures.map((text, place) => this.decoded(text, place));
    envelope.disclosures.forEach((text, place) => this.closed.set(b64u(sha256(utf8(text))), place));
    if (this.closed.size !== envelope.disclosures.length) this.malformed("a disclosure is there twice", "disclosures");
  }

  tree() {
    const clear = clearMembers(this.claims.type);
    const tree = new Opened();
    for (const name of Object.keys(this.claims)) if (clear.has(name)) tree.set(name, this.claims[name]);
    this.members(this.claims._sd, partsOf(this.claims.type), "", tree, clear);
    if (new Set(this.seen).size !== this.seen.length) this.malformed("a digest stands in two places", "_sd");
    if (this.closed.size > 0) {
      const place = Math.min(...this.closed.values());
      this.malformed(`${this.closed.size} of the disclosures fit no digest of this record`, `disclosures[${place}]`);
    }
    return tree;
  }

  /** @param {string} text @param {number} place */
  decoded(text, place) {
    let [code, sentence] = ["malformed", ""];
    try {
      const part = unb64u(text);
      const item = parseCanonical(part, DEEPEST);
      if (Array.isArray(item) && ITEM.test(String.fromCharCode(...part.subarray(0, 26)))) return item;
      sentence = "expected a list that begins with a salt of 16 bytes";
    } catch (error) {
      if (error instanceof NotJson) sentence = "this disclosure is not JSON in UTF-8";
      else if (error instanceof TooDeep) [code, sentence] = ["too-large", error.message];
      else if (error instanceof NotCanonical) {
        const form = "place" in error;
        code = "not-canonical";
        sentence = form ? "expected the disclosure in its one canonical form (RFC 8785)" : error.message;
      } else if (error instanceof ValueFault) sentence = error.message;
      else throw error;
    }
    this.wrong.push(violation(code, sentence, `disclosures[${place}]`));
    return BAD;
  }

  /** Puts the disclosed members of an object into `tree`. */
  members(digests, parts, prefix, tree, clear) {
    if (!Array.isArray(digests)) {
      this.malformed("expected a list of digests", `${prefix}_sd`);
      return tree;
    }
    let withheld = 0;
    let last = "";
    for (const digest of digests) {
      if (typeof digest !== "string" || digest <= last) {
        this.malformed("expected digests in ascending order, each once", `${prefix}_sd`);
        return tree;
      }
      last = digest;
      const place = this.taken(digest);
      if (place === undefined) {
        withheld += 1;
        this.checkDigest(digest, `${prefix}_sd`);
      } else if (this.items[place].length !== 3) {
        this.unfit(place, "[salt, name, value]");
      } else {
        this.member(this.items[place], place, parts, prefix, tree, clear);
      }
    }
    this.seen.push(...digests);
    tree.withheld = withheld;
    return tree;
  }

  /** The place of a disclosure, which is used up by it. @param {string} digest */
  taken(digest) {
    const place = this.closed.get(digest);
    this.closed.delete(digest);
    return place;
  }

  /** Puts one disclosed member into `tree`. */
  member([, name, value], place, parts, prefix, tree, clear) {
    if (!isName(name) || clear.has(name)) {
      this.malformed("a disclosed member cannot have this name", `disclosures[${place}]`);
    } else if (tree.has(name)) {
      this.malformed("this object has two members of one name", prefix + name);
    } else {
      const part = parts.get(name);
      if (part === undefined && typeof value === "object") this.checkWhole(value, prefix + name);
      tree.set(name, part === undefined ? value : this.part(value, part, prefix + name));
    }
  }

  /** Opens a list of elements, or an object, of which each is made of digests. */
  part(value, part, path) {
    if (!part.isList) return this.object(value, part.parts, path);
    if (!Array.isArray(value)) {
      this.malformed("expected a list of disclosures", path);
      return [];
    }
    const elements = [];
    value.forEach((each, number) => {
      const found = this.element(each, part.parts, `${path}[${number}]`);
      if (found !== undefined) elements.push(found);
    });
    return elements;
  }

  element(each, parts, where) {
    const digest = isObject(each) && Object.keys(each).length === 1 ? each["..."] : undefined;
    if (typeof digest !== "string") {
      this.malformed('expected an element that is a disclosure: {"...": digest}', where);
      return undefined;
    }
    this.seen.push(digest);
    const place = this.taken(digest);
    if (place === undefined) {
      this.checkDigest(digest, where);
      return WITHHELD;
    }
    if (this.items[place].length !== 2) {
      this.unfit(place, "[salt, value]");
      return undefined;
    }
    return this.object(this.items[place][1], parts, where);
  }

  object(value, parts, path) {
    const tree = new Opened();
    if (!isObject(value) || Object.keys(value).length !== 1 || !("_sd" in value)) {
      this.malformed("expected an object that consists of _sd only", path);
      return tree;
    }
    return this.members(value._sd, parts, `${path}.`, tree, new Set());
  }

  checkDigest(digest, where) {
    if (!DIGEST.test(digest)) this.malformed("expected digests of 43 characters in base64url", where);
  }

  /** Checks a value that opens whole. */
  checkWhole(value, path) {
    if (levelsOf(value) > DEPTH) this.wrong.push(violation("too-large", "nested too deeply", path));
    else if (holdsDigests(value)) this.malformed("what opens whole holds no digests", path);
  }

  unfit(place, form) {
    if (this.items[place] !== BAD) {
      this.malformed(`expected a disclosure ${form} for this digest`, `disclosures[${place}]`);
    }
  }

  malformed(sentence, member) {
    this.wrong.push(violation("malformed", sentence, member));
  }
}
