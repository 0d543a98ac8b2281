// Signs records as the page does: one question a line of JSON, one answer a line. Salts come in the order of their use.

import { createInterface } from "node:readline";

const modules = new URL("../../api/web/static/signing/", import.meta.url);
const load = (name) => import(new URL(`${name}.js`, modules));
const [build, keys, chain] = await Promise.all(["build", "keys", "chain"].map(load));

const QUESTIONS = {
  build: ({ record, salts }) => {
    const left = salts.map((salt) => Uint8Array.from(Buffer.from(salt, "base64")));
    const made = build.buildPayload(record, () => left.shift());
    return { payload: Buffer.from(made.payload).toString("base64"), disclosures: made.disclosures, id: made.id, left: left.length };
  },
  envelope: async ({ payload, disclosures, keyfile }) => {
    const signers = (await keys.keysOfFile(keyfile)).map(keys.signerOf);
    return build.signEnvelope(Uint8Array.from(Buffer.from(payload, "base64")), disclosures, signers);
  },
  /** Records of one chain, each on top of those before it, with fresh salts. */
  chain: async ({ prepared, keyfile }) => {
    const found = keyfile ? await keys.keysOfFile(keyfile) : [await keys.newKey()];
    const signed = await chain.signAll(prepared, found.map(keys.signerOf));
    return { envelopes: signed.map(({ envelope }) => envelope), ids: signed.map(({ id }) => id) };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { ask, ...question } = JSON.parse(line);
  let answer;
  try {
    answer = { value: await QUESTIONS[ask](question) };
  } catch (error) {
    if (!(error instanceof build.NotSignable) && !(error instanceof keys.NoKey)) throw error;
    answer = { refused: error.reason ?? error.message, members: error.wrong?.map(({ member }) => member) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
