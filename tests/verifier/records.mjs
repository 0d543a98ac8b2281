// Asks the verifier in JavaScript to read records as far as they are disclosed, and wholly disclosed ones.

import { createInterface } from "node:readline";

const modules = new URL("../../api/web/static/verifier/", import.meta.url);
const load = (name) => import(new URL(`${name}.js`, modules));
const [json, disclosure, shape, errors, partial, records] = await Promise.all(
  ["json", "disclosure", "shape", "errors", "evidence/partial", "evidence/records"].map(load),
);

/** A record as opening makes it: what consists of disclosures is opened, an element `withheld` is not. */
function opened(value, parts) {
  const tree = new disclosure.Opened();
  for (const name of Object.keys(value)) tree.set(name, inside(value[name], parts.get(name)));
  return tree;
}

function inside(value, part) {
  if (part === undefined) return value;
  if (json.isObject(value)) return opened(value, part.parts);
  if (!Array.isArray(value)) return value;
  return value.map((each) => (each === "withheld" ? disclosure.WITHHELD : inside(each, part)));
}

const QUESTIONS = {
  story: (tree) => partial.readStory("here", tree),
  record: (tree) => records.readRecord({ said: { type: tree.get("type") }, record: { opened: tree, entry: "here" } }),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { ask, data } = JSON.parse(line);
  const value = json.parseCanonical(Uint8Array.from(Buffer.from(data, "base64")), 100);
  const tree = opened(value, shape.partsOf(value.type));
  let answer;
  try {
    answer = { value: QUESTIONS[ask](tree) !== null };
  } catch (error) {
    if (!(error instanceof errors.LodestoneError)) throw error;
    answer = { refused: error.message };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
