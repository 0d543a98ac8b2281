// A paper's QR code leads to the page with the digest of its report behind the #, which is never sent. Here it is held
// against the report that was given.

import { digest, digestText } from "./digest.js";
import { LodestoneError } from "./errors.js";
import { looksLikePdf, readPaper } from "./pdf.js";
import { fromUtf8 } from "./text.js";

const DIGEST = /^sha-256:[A-Za-z0-9_-]{43}$/;

/**
 * The digest that an address says; null where it says none.
 * @param {string} hash what stands behind the address, from the # on
 * @returns {string | null}
 */
export function expectedDigest(hash) {
  const said = new URLSearchParams(hash.slice(1)).get("digest");
  return said !== null && DIGEST.test(said) ? said : null;
}

/**
 * The digest of the signed report in a file; null where there is none. Not checked: anything that it says.
 * @param {Uint8Array} data
 * @returns {Promise<string | null>}
 */
export async function digestOfReport(data) {
  if (data[0] === 0x7b) {
    try {
      const { report } = JSON.parse(fromUtf8(data) ?? "");
      return typeof report === "string" ? digestText(report) : null;
    } catch {
      return null;
    }
  }
  if (!looksLikePdf(data)) return digest(data);
  try {
    return digest((await readPaper(data)).report);
  } catch (error) {
    if (error instanceof LodestoneError) return null;
    throw error;
  }
}
