// The page /o/sign: prepared by the ledger, signed here, and sent. The key never leaves this browser.

import { b64u } from "../verifier/base64url.js";
import { NotSignable } from "./build.js";
import { signAll } from "./chain.js";
import { keysOfFile, newKey, NoKey, signerOf } from "./keys.js";
import { forgetSigned, keepKey, keepSigned, keptKeys, keptSigned } from "./store.js";

const root = document.getElementById("signing");
const { ledger, csrf, name, country, organization } = root.dataset;
const at = (id) => document.getElementById(id);
const words = Object.fromEntries([...at("words").querySelectorAll("[data-key]")].map((each) => [each.dataset.key, each.textContent]));

/** The keys in use; of a key of this browser also the record that opens its chain, and whether that is open. */
let inUse = null;
let kept = [];

/** The ledger did not answer, or not as a ledger does. */
class NoAnswer extends Error {}

function say(sentence, kind = "") {
  at("says").replaceChildren();
  const line = document.createElement("p");
  line.textContent = sentence;
  line.className = kind ? `note ${kind}` : "note";
  at("says").append(line);
}

/** The outcome of each record as a row; sentences of others stand as text. */
function show(rows) {
  const body = at("results").querySelector("tbody");
  body.replaceChildren(
    ...rows.map(({ type, outcome, id = "", sentences = [] }, place) => {
      const row = document.createElement("tr");
      const number = document.createElement("th");
      number.scope = "row";
      number.textContent = String(place + 1);
      const kind = document.createElement("td");
      kind.textContent = words[`type-${type}`] ?? type;
      const said = document.createElement("td");
      said.textContent = outcome;
      for (const text of [...sentences, id].filter(Boolean)) {
        const line = document.createElement(text === id ? "code" : "p");
        line.textContent = text;
        said.append(document.createTextNode(" "), line);
      }
      row.append(number, kind, said);
      return row;
    }),
  );
  at("results").hidden = rows.length === 0;
}

function offer(link, lines) {
  const old = at(link).getAttribute("href");
  if (old) URL.revokeObjectURL(old);
  at(link).href = URL.createObjectURL(new Blob(lines.map((line) => `${line}\n`), { type: "application/x-ndjson" }));
  at(link).hidden = lines.length === 0;
}

/** The records as they are to be signed, or null where something is wrong with them, which is shown. */
async function prepared() {
  const records = at("records").value.trim();
  if (!records) {
    say(words.empty, "warn");
    return null;
  }
  const form = new FormData();
  form.append("csrf", csrf);
  form.append("records", records);
  if (inUse?.open !== false) for (const { kid } of inUse?.keys ?? []) form.append("kid", kid);
  const answer = await fetch("/o/sign/prepare", { method: "POST", body: form }).then((response) => response.json(), () => null);
  if (answer === null || answer.checked === undefined) {
    say(answer?.error ?? answer?.detail ?? words.lost, "bad");
    show([]);
    return null;
  }
  const wrong = answer.checked.some(({ violations }) => violations.length > 0);
  show(
    answer.checked.map(({ type, violations, remarks }) => ({
      type,
      outcome: violations.length > 0 ? words.refused : words.good,
      sentences: [...violations, ...remarks].map(({ member, sentence }) => (member ? `${member}: ${sentence}` : sentence)),
    })),
  );
  say(wrong ? words.wrong : words.ready, wrong ? "bad" : "good");
  return wrong ? null : answer;
}

/** Send one envelope; its answer. */
async function sent(envelope) {
  let response;
  try {
    response = await fetch("/v1/records", { method: "POST", body: envelope, headers: { "Content-Type": "application/json" } });
    const answer = await response.json();
    if (response.ok) return { receipt: answer };
    if (Array.isArray(answer.violations)) return { violations: answer.violations };
  } catch {
    throw new NoAnswer();
  }
  throw new NoAnswer();
}

/** Send signed records in order; stops at the first that is refused. */
async function sendAll(signed) {
  const rows = signed.map(({ type }) => ({ type, outcome: words.waiting }));
  const receipts = [];
  offer("envelopes", signed.map(({ envelope }) => envelope));
  for (const [place, { id, envelope }] of signed.entries()) {
    const { receipt, violations } = await sent(envelope);
    if (violations) {
      rows[place] = { ...rows[place], outcome: words.refused, sentences: violations.map(({ sentence }) => sentence) };
      show(rows);
      say(words.stopped, "bad");
      await Promise.all(signed.slice(place).map((each) => forgetSigned(each.id)));
      return;
    }
    receipts.push(JSON.stringify(receipt));
    rows[place] = { ...rows[place], id, outcome: words.accepted.replace("{index}", String(receipt.index)) };
    show(rows);
    offer("receipts", receipts);
    await forgetSigned(id);
  }
  at("records").value = "";
  say(words.done, "good");
}

async function signAndSend() {
  if (inUse === null) return say(words.choose, "warn");
  if (inUse.opening && !inUse.open) return say(words["not-waiting"], "warn");
  const answer = await prepared();
  if (answer === null) return undefined;
  say(words.signing);
  const made = await signAll(answer, inUse.keys.map(signerOf));
  const signed = made.map(({ id, envelope }, order) => ({ id, envelope, order, ledger, type: answer.records[order].type }));
  await keepSigned(signed);
  return sendAll(signed);
}

async function sendAgain() {
  const waiting = (await keptSigned()).filter((each) => each.ledger === ledger);
  await sendAll(waiting);
  at("unanswered").hidden = true;
}

/** A key of this browser, and the record that opens its chain; the operator admits that record's id. */
async function makeKey() {
  const key = await newKey();
  const chain = b64u(crypto.getRandomValues(new Uint8Array(32)));
  const record = { type: "organization", at: `${at("begins").value}T00:00:00Z`, keys: [key.jwk], use: "records", name, country };
  const [opening] = await signAll({ ledger, chain: { id: chain, seq: -1, head: "" }, records: [record] }, [signerOf(key)]);
  await keepKey({ ...key, chain, opening, open: false, ledger, organization });
  await showKept(key.kid);
  at("key-says").textContent = words.kept;
}

async function openChain() {
  const { violations } = await sent(inUse.opening.envelope);
  if (violations) {
    const missing = violations.some(({ code }) => code === "not-admitted");
    at("key-says").textContent = missing ? words["not-admitted"] : violations.map(({ sentence }) => sentence).join(" ");
    return;
  }
  const entry = kept.find(({ kid }) => kid === at("kept").value);
  await keepKey({ ...entry, open: true });
  await showKept(entry.kid);
  at("key-says").textContent = words.opened;
}

async function showKept(chosen) {
  kept = (await keptKeys()).filter((each) => each.ledger === ledger && each.organization === organization);
  const [none] = at("kept").options;
  at("kept").replaceChildren(none, ...kept.map(({ kid, alg }) => new Option(`${alg} ${kid}`, kid)));
  at("kept").value = chosen ?? "";
  useKept();
}

function useKept() {
  const entry = kept.find(({ kid }) => kid === at("kept").value);
  inUse = entry ? { keys: [entry], opening: entry.opening, open: entry.open } : null;
  at("opening").hidden = entry === undefined || entry.open;
  at("opening-id").textContent = entry?.opening.id ?? "";
  if (entry) at("keyfile").value = "";
}

async function useFile() {
  const [file] = at("keyfile").files;
  if (!file) return;
  at("kept").value = "";
  useKept();
  inUse = { keys: await keysOfFile(await file.text()) };
  at("key-says").textContent = words.loaded;
}

/** Run what a button asks for, once at a time; whatever goes wrong is said. */
function on(id, event, action) {
  at(id).addEventListener(event, async () => {
    const buttons = [...root.querySelectorAll("button")];
    for (const button of buttons) button.disabled = true;
    try {
      await action();
    } catch (error) {
      if (error instanceof NoKey) at("key-says").textContent = words[error.reason];
      else if (error instanceof NotSignable) say(error.message, "bad");
      else {
        say(words.lost, "bad");
        at("unanswered").hidden = (await keptSigned()).length === 0;
        if (!(error instanceof NoAnswer)) throw error;
      }
    } finally {
      for (const button of buttons) button.disabled = false;
    }
  });
}

on("check", "click", prepared);
on("sign", "click", signAndSend);
on("send-again", "click", sendAgain);
on("make-key", "click", makeKey);
on("open-chain", "click", openChain);
on("kept", "change", useKept);
on("keyfile", "change", useFile);
await showKept("");
at("unanswered").hidden = (await keptSigned()).every((each) => each.ledger !== ledger);
root.dataset.ready = "yes";
