// Signing keys in a browser: made here and never to leave it, or read from a producer's key file, which is never sent.
//
// WebCrypto signs. A key that was made here cannot be exported, by nobody; of a key file only what WebCrypto takes is
// used, and the secret is given to it as one that cannot be exported again.

import { b64u } from "../verifier/base64url.js";
import { sha256 } from "../verifier/digest.js";
import { canonicalBytes } from "../verifier/json.js";

const KINDS = {
  Ed25519: { make: "Ed25519", sign: "Ed25519", members: ["crv", "kty", "x"] },
  ES256: {
    make: { name: "ECDSA", namedCurve: "P-256" },
    sign: { name: "ECDSA", hash: "SHA-256" },
    members: ["crv", "kty", "x", "y"],
  },
};

/** Why a key cannot be used here; `reason` is one of unsupported, locked, unreadable, hybrid. */
export class NoKey extends Error {
  /** @param {string} reason */
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

/**
 * A key that signs: its algorithm, its public JWK and thumbprint (RFC 7638), and the private key that only WebCrypto sees.
 * @typedef {{alg: string, kid: string, jwk: Record<string, string>, privateKey: CryptoKey}} Key
 */

/**
 * A new key: Ed25519, or ES256 where this browser's WebCrypto has no Ed25519.
 * @returns {Promise<Key>}
 * @throws {NoKey} it has neither, or the page did not come over TLS
 */
export async function newKey() {
  if (!globalThis.crypto?.subtle) throw new NoKey("unsupported");
  for (const alg of ["Ed25519", "ES256"]) {
    try {
      const pair = await crypto.subtle.generateKey(KINDS[alg].make, false, ["sign", "verify"]);
      return known(alg, await crypto.subtle.exportKey("jwk", pair.publicKey), pair.privateKey);
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
    }
  }
  throw new NoKey("unsupported");
}

/**
 * The keys of a key file of `lodestone key new`.
 * @param {string} text
 * @returns {Promise<Key[]>}
 * @throws {NoKey} locked with a passphrase, no key file, or with a key that WebCrypto cannot use
 */
export async function keysOfFile(text) {
  if (text.startsWith("age-encryption.org/") || text.startsWith("-----BEGIN AGE")) throw new NoKey("locked");
  let jwks;
  try {
    ({ keys: jwks } = JSON.parse(text));
  } catch {
    throw new NoKey("unreadable");
  }
  if (!Array.isArray(jwks) || jwks.length === 0) throw new NoKey("unreadable");
  return Promise.all(jwks.map(keyOf));
}

/** @param {Record<string, string>} jwk @returns {Promise<Key>} */
async function keyOf(jwk) {
  if (typeof jwk !== "object" || jwk === null) throw new NoKey("unreadable");
  if (jwk.kty === "AKP" || "pkcs11" in jwk) throw new NoKey("hybrid");
  const alg = { Ed25519: "Ed25519", "P-256": "ES256" }[jwk.crv];
  if (alg === undefined || typeof jwk.d !== "string") throw new NoKey("unreadable");
  if (!globalThis.crypto?.subtle) throw new NoKey("unsupported");
  const { make, members } = KINDS[alg];
  const secret = Object.fromEntries([...members, "d"].map((name) => [name, jwk[name]]));
  try {
    return known(alg, jwk, await crypto.subtle.importKey("jwk", secret, make, false, ["sign"]));
  } catch (error) {
    throw new NoKey(error.name === "NotSupportedError" ? "unsupported" : "unreadable");
  }
}

/** @returns {Key} */
function known(alg, said, privateKey) {
  const jwk = Object.fromEntries(KINDS[alg].members.map((name) => [name, said[name]]));
  return { alg, jwk, kid: b64u(sha256(canonicalBytes(jwk))), privateKey };
}

/**
 * What signs with a key, as `signEnvelope` asks for it.
 * @param {Key} key
 */
export function signerOf({ alg, kid, privateKey }) {
  const sign = async (message) => new Uint8Array(await crypto.subtle.sign(KINDS[alg].sign, privateKey, message));
  return { alg, kid, sign };
}
