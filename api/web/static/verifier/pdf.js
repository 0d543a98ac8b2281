// Taking the signed report and its evidence out of a PDF that anybody may have made (ledger/documents/attached.py).
//
// Only what leads to the attachments is read: cross-references, catalog, the tree of names, the files. Whatever is read
// in another way than our own files need is refused, and everything has a bound.

import { VerificationError } from "./errors.js";
import { PdfObjects } from "./pdfobjects.js";

const MOST_PDF = 48_000_000;
const MOST_ATTACHED = 16_000_000;
const MOST_NODES = 64;
const REPORT_NAME = "report.jwt";
const BUNDLE_NAME = "bundle.json";

/**
 * Whether these bytes begin as a PDF does.
 * @param {Uint8Array} data
 * @returns {boolean}
 */
export function looksLikePdf(data) {
  return String.fromCharCode(...data.subarray(0, 5)) === "%PDF-";
}

/**
 * The report and the bundle that are attached to a PDF. Not checked: anything that they claim.
 * @param {Uint8Array} data
 * @returns {Promise<{report: Uint8Array, bundle: Uint8Array | null}>}
 * @throws {VerificationError} it is no PDF that can be read safely, or no signed report is attached to it
 */
export async function readPaper(data) {
  if (data.length > MOST_PDF) throw new VerificationError("this PDF has more than 48,000,000 bytes");
  const pdf = await PdfObjects.read(data);
  const found = new Map();
  for (const [name, stream] of await attachments(pdf)) {
    if (name !== REPORT_NAME && name !== BUNDLE_NAME) continue;
    if (found.has(name)) throw new VerificationError(`this PDF holds two attachments named ${name}`);
    found.set(name, await content(pdf, name, stream));
  }
  const report = found.get(REPORT_NAME);
  if (report === undefined) {
    throw new VerificationError(`no ${REPORT_NAME} is attached to this PDF: there is nothing signed in it`);
  }
  return { report, bundle: found.get(BUNDLE_NAME) ?? null };
}

/** Name and stream of every file in the catalog's tree of names. @param {PdfObjects} pdf */
async function attachments(pdf) {
  const names = await pdf.followed((await pdf.catalog()).get("Names"));
  const waiting = names instanceof Map && names.has("EmbeddedFiles") ? [names.get("EmbeddedFiles")] : [];
  const files = [];
  for (let seen = 0; waiting.length > 0; ) {
    const node = await pdf.followed(waiting.pop());
    const [kids, pairs] = node instanceof Map ? [await pdf.followed(node.get("Kids")), await pdf.followed(node.get("Names"))] : [];
    const listed = Array.isArray(pairs) ? pairs.filter((_, at) => at % 2 === 1) : [];
    seen += 1 + listed.length;
    if (seen > MOST_NODES || !(node instanceof Map)) {
      throw new VerificationError("the tree of attached files in this PDF is not one of ours");
    }
    waiting.push(...(Array.isArray(kids) ? kids : []));
    for (const each of listed) {
      const file = await pdf.followed(each);
      const held = file instanceof Map ? await pdf.followed(file.get("EF")) : null;
      if (held instanceof Map) {
        const name = await pdf.followed(file.get("UF") ?? file.get("F"));
        files.push([textOf(name), await pdf.followed(held.get("UF") ?? held.get("F"))]);
      }
    }
  }
  return files;
}

/** A text of a PDF: UTF-16 behind its mark, else what it says in Latin. @param {unknown} value */
function textOf(value) {
  if (!(value instanceof Uint8Array)) return "";
  return new TextDecoder(value[0] === 0xfe && value[1] === 0xff ? "utf-16be" : "latin1").decode(value);
}

/** @param {PdfObjects} pdf @param {string} name @param {unknown} stream */
async function content(pdf, name, stream) {
  if (!stream?.dictionary) throw new VerificationError(`the attachment ${name} of this PDF is no file`);
  const data = await pdf.unpacked(stream, MOST_ATTACHED);
  if (data === null || stream.dictionary.has("DecodeParms")) {
    throw new VerificationError(`the attachment ${name} of this PDF is packed in another way than ours`);
  }
  return data;
}
