// The objects of a PDF (ISO 32000-2 section 7): cross-reference streams and tables, objects in streams, as far as our own
// files use them. Nothing is repaired: what does not stand where it should is refused.

import { VerificationError } from "./errors.js";
import { PdfReader, Reference, refuse } from "./pdfreader.js";

const MOST_OBJECTS = 200_000;
const MOST_SECTIONS = 16;
const MOST_UNPACKED = 16_000_000;

/**
 * A stream: its dictionary, and its bytes as they stand in the file.
 * @typedef {{dictionary: Map<string, any>, start: number}} Stream
 */

/** The objects of one file, read when they are asked for. */
export class PdfObjects {
  /** @param {Uint8Array} data */
  constructor(data) {
    this.data = data;
    /** Where an object stands: at a place of the file, or as the n-th in a stream of objects. @type {Map<number, any>} */
    this.places = new Map();
    this.kept = new Map();
    this.trailer = new Map();
  }

  /** @param {Uint8Array} data */
  static async read(data) {
    const pdf = new PdfObjects(data);
    const end = new TextDecoder("latin1").decode(data.subarray(-2048));
    const found = /startxref\s+([0-9]{1,10})\s+%%EOF\s*$/.exec(end);
    if (found === null) refuse("its end is missing");
    let at = Number(found[1]);
    for (let sections = 0; at !== undefined; sections += 1) {
      if (sections >= MOST_SECTIONS) refuse("it was changed too often");
      at = await pdf.section(at);
    }
    if (pdf.trailer.has("Encrypt")) throw new VerificationError("this PDF is encrypted: ours never are");
    return pdf;
  }

  /** Reads one section of cross-references; gives where the one before it stands. @param {number} at */
  async section(at) {
    const reader = new PdfReader(this.data, at);
    const trailer = reader.word("xref") ? this.table(reader) : await this.stream(reader);
    if (this.places.size > MOST_OBJECTS) throw new VerificationError("this PDF has more than 200,000 objects");
    for (const [name, value] of trailer) if (!this.trailer.has(name)) this.trailer.set(name, value);
    const before = trailer.get("Prev");
    if (before !== undefined && typeof before !== "number") refuse("its cross-references lead nowhere");
    return before;
  }

  /** @param {PdfReader} reader */
  table(reader) {
    while (!reader.word("trailer")) {
      const [first, count] = [reader.number(), reader.number()];
      if (count > MOST_OBJECTS) refuse("it has too many objects");
      for (let number = first; number < first + count; number += 1) {
        const place = reader.number();
        reader.number();
        const inUse = reader.word("n");
        if (!inUse && !reader.word("f")) refuse("a cross-reference is malformed");
        if (inUse && !this.places.has(number)) this.places.set(number, { at: place });
      }
    }
    return reader.value();
  }

  /** @param {PdfReader} reader */
  async stream(reader) {
    const { dictionary, start } = this.object(reader);
    const widths = dictionary?.get("W");
    if (dictionary?.get("Type")?.name !== "XRef" || !Array.isArray(widths) || widths.length !== 3) {
      refuse("there are no cross-references where its end says");
    }
    const rows = await this.unpacked({ dictionary, start }, MOST_UNPACKED);
    if (rows === null) refuse("its cross-references are packed in another way than ours");
    const size = widths[0] + widths[1] + widths[2];
    const ranges = dictionary.get("Index") ?? [0, dictionary.get("Size")];
    let at = 0;
    const field = (from, width, other) => {
      if (width === 0) return other;
      return rows.subarray(from, from + width).reduce((sum, byte) => sum * 256 + byte, 0);
    };
    for (let range = 0; range + 1 < ranges.length; range += 2) {
      for (let count = 0; count < ranges[range + 1] && at + size <= rows.length; count += 1, at += size) {
        const kind = field(at, widths[0], 1);
        const one = field(at + widths[0], widths[1], 0);
        const two = field(at + widths[0] + widths[1], widths[2], 0);
        const number = ranges[range] + count;
        if (kind !== 0 && !this.places.has(number)) {
          this.places.set(number, kind === 1 ? { at: one } : { inside: one, place: two });
        }
      }
    }
    return dictionary;
  }

  /** The object that begins here, after its number. @param {PdfReader} reader @returns {any} */
  object(reader) {
    reader.number();
    reader.number();
    if (!reader.word("obj")) refuse("an object does not stand where it should");
    const value = reader.value();
    if (value instanceof Map && reader.word("stream")) return { dictionary: value, start: reader.afterLine() };
    return value;
  }

  async catalog() {
    const found = await this.followed(this.trailer.get("Root"));
    return found instanceof Map ? found : refuse("it has no catalog");
  }

  /** A value, or the object that it refers to. @param {any} value @returns {Promise<any>} */
  async followed(value) {
    if (!(value instanceof Reference)) return value;
    if (!this.kept.has(value.number)) this.kept.set(value.number, await this.found(value.number));
    const found = this.kept.get(value.number);
    return found instanceof Reference ? refuse("an object is only a reference") : found;
  }

  /** @param {number} number */
  async found(number) {
    const place = this.places.get(number);
    if (place === undefined) return null;
    if (place.at !== undefined) return this.object(new PdfReader(this.data, place.at));
    const holder = this.places.get(place.inside);
    if (holder?.at === undefined) refuse("an object stands in no stream");
    const stream = this.object(new PdfReader(this.data, holder.at));
    const rows = stream?.dictionary ? await this.unpacked(stream, MOST_UNPACKED) : null;
    const first = stream?.dictionary?.get("First");
    if (rows === null || typeof first !== "number") refuse("a stream of objects is packed in another way than ours");
    const head = new PdfReader(rows, 0);
    for (let at = 0; at <= place.place; at += 1) {
      const [told, offset] = [head.number(), head.number()];
      if (at === place.place) return told === number ? new PdfReader(rows, first + offset).value() : refuse("objects are mixed up");
    }
    return null;
  }

  /** The bytes of a stream, unpacked; null where it is packed in another way. @param {Stream} stream @param {number} most */
  async unpacked({ dictionary, start }, most) {
    const length = await this.followed(dictionary.get("Length"));
    const end = start + length;
    const after = new PdfReader(this.data, end);
    if (typeof length !== "number" || end > this.data.length || !after.word("endstream")) refuse("a stream is cut short");
    const raw = this.data.subarray(start, end);
    let filter = await this.followed(dictionary.get("Filter"));
    if (Array.isArray(filter) && filter.length === 1) [filter] = filter;
    if (filter === undefined) return raw.length > most ? null : raw;
    if (filter?.name !== "FlateDecode") return null;
    return inflated(raw, most);
  }
}

/** Bytes packed as zlib packs them (RFC 1950). @param {Uint8Array} raw @param {number} most */
async function inflated(raw, most) {
  const parts = [];
  let size = 0;
  try {
    const unpacker = new Response(raw).body.pipeThrough(new DecompressionStream("deflate")).getReader();
    for (;;) {
      const { done, value } = await unpacker.read();
      if (done) break;
      size += value.length;
      if (size > most) {
        await unpacker.cancel();
        break;
      }
      parts.push(value);
    }
  } catch {
    refuse("a stream is not packed as it says");
  }
  if (size > most) refuse("what is packed in it is too long");
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
