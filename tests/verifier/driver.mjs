// Asks the verifier in JavaScript: one question a line of JSON, one answer a line. Bytes are base64.

import { createInterface } from "node:readline";

const modules = new URL("../../api/web/static/verifier/", import.meta.url);
const load = (name) => import(new URL(`${name}.js`, modules));
const names = "base64url digest edwards json jsonfault keys p256 signatures text errors verify tongue";
const [base64url, digest, edwards, json, jsonfault, keys, p256, signatures, text, errors, verify, tongue] =
  await Promise.all(names.split(" ").map(load));

const bytes = (encoded) => Uint8Array.from(Buffer.from(encoded, "base64"));
const plain = (value) => Buffer.from(value).toString("base64");

/** The key that a JWK is, judged as when it is registered. */
function registered(jwk) {
  const set = keys.keySet([json.parseCanonical(bytes(jwk))]);
  keys.checkStrong(set);
  return set.keys[0];
}

const QUESTIONS = {
  chinese: ({ said }) => {
    tongue.speak("zh");
    return tongue.translated(said);
  },
  verify: ({ files, policy, issuer }) => verify.verifyFiles(files.map(bytes), { policy: bytes(policy), issuer }),
  parse: ({ data, depth }) => json.canonical(json.parseCanonical(bytes(data), depth)),
  place: ({ data }) => {
    try {
      json.parseCanonical(bytes(data), 100);
    } catch (error) {
      return jsonfault.nearByte(bytes(data), error);
    }
    return "";
  },
  unb64u: ({ text: encoded }) => plain(base64url.unb64u(encoded)),
  unbase64: ({ text: encoded }) => plain(base64url.unbase64(encoded) ?? "none"),
  digest: ({ data }) => digest.digest(bytes(data)),
  order: ({ texts }) => text.sorted(texts),
  key: ({ jwk }) => registered(jwk).kid,
  signature: async ({ jwk, message, signature }) => {
    await keys.verifySignature(registered(jwk), bytes(message), bytes(signature));
    return true;
  },
  fits: ({ alg, raw, message, signature }) => signatures.fits(alg, bytes(raw), bytes(signature), bytes(message)),
  /** Without WebCrypto, as in a browser that does not know the algorithm. */
  alone: ({ alg, raw, message, signature }) =>
    ({ Ed25519: edwards.verifyEd25519, ES256: p256.verifyP256 })[alg](bytes(raw), bytes(signature), bytes(message)),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { ask, ...question } = JSON.parse(line);
  let answer;
  try {
    answer = { value: await QUESTIONS[ask](question) };
  } catch (error) {
    if (!(error instanceof errors.LodestoneError)) throw error;
    answer = { refused: error.message, kind: error.constructor.name, code: error.violations?.[0]?.code };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
