// The page that verifies: files are chosen or dropped, a policy is pinned, and everything is judged here in the browser.
// Nothing is sent anywhere. The service's own policy is only offered, and said to be the service's.

import { el } from "./dom.js";
import { digestOfReport, expectedDigest } from "./expected.js";
import { PASSED } from "./result.js";
import { utf8 } from "./text.js";
import { _, speak, spoken, translated } from "./tongue.js";
import { verifyFiles } from "./verify.js";
import { answerView } from "./view.js";

/** Bytes of a file that is looked at to know a policy. */
const MOST_OF_A_POLICY = 65_536;

/**
 * Whether a file is meant to be a policy.
 * @param {Uint8Array} bytes
 * @returns {boolean}
 */
export function looksLikePolicy(bytes) {
  if (bytes.length > MOST_OF_A_POLICY) return false;
  const text = new TextDecoder("latin1").decode(bytes);
  return /^(?:log|witness|group|quorum)[ \t]/m.test(text) && !/^(?:\{|old |%PDF|eyJ|c2sp)/.test(text);
}

/** The page within one element. */
class Page {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    /** @type {{name: string, bytes: Uint8Array}[]} */
    this.files = [];
    this.policy = "";
    /** The policy that the service hands out; null where there is no service. @type {string | null} */
    this.offered = null;
    this.issuer = "";
    this.runs = 0;
  }

  async start() {
    this.draw();
    const from = this.root.dataset.policy;
    if (!from) return;
    try {
      const answer = await fetch(from);
      if (answer.ok) this.offered = await answer.text();
    } catch {
      // Without the network there is nothing to offer: whoever verifies has his own policy.
    }
    this.offer();
  }

  draw() {
    this.root.replaceChildren(this.filesView(), this.policyView(), this.issuerView(), this.resultView());
    this.offer();
  }

  filesView() {
    const input = el("input", { type: "file", id: "verifier-files", multiple: true, "aria-describedby": "verifier-hint" });
    input.addEventListener("change", () => this.take(input.files));
    const hint = _("A report (.jwt), its bundle (.json), a PDF, or receipts. They stay on this machine.");
    this.list = el("ul", { class: "files" });
    const zone = el(
      "div",
      { class: "box drop" },
      el("label", { for: "verifier-files" }, _("Choose files, or drop them here")),
      el("p", { class: "hint", id: "verifier-hint" }, hint),
      input,
      this.list,
    );
    zone.addEventListener("dragover", (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
    zone.addEventListener("dragleave", () => zone.classList.remove("over"));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      zone.classList.remove("over");
      this.take(event.dataTransfer.files);
    });
    this.listFiles();
    return zone;
  }

  policyView() {
    this.text = el("textarea", { id: "verifier-policy", spellcheck: "false", rows: "6", "aria-describedby": "verifier-pin" });
    this.text.value = this.policy;
    this.text.addEventListener("input", () => {
      this.policy = this.text.value;
      this.run();
    });
    this.use = el("button", { type: "button", hidden: true }, _("Use this service's policy"));
    this.use.addEventListener("click", () => this.pin(this.offered ?? ""));
    this.warning = el(
      "p",
      { class: "hint", hidden: true },
      _("A service that lies could also hand out a false policy. A policy that you were given before, by another way, is better."),
    );
    return el(
      "div",
      { class: "field" },
      el("label", { for: "verifier-policy" }, _("The policy: whom you trust")),
      el("p", { class: "hint", id: "verifier-pin" }, _("Paste the text of the policy that you have pinned, or drop its file above.")),
      this.text,
      this.warning,
      el("p", {}, this.use),
    );
  }

  issuerView() {
    const input = el("input", { type: "text", id: "verifier-issuer", placeholder: "did:web:", autocomplete: "off" });
    input.value = this.issuer;
    input.addEventListener("input", () => {
      this.issuer = input.value.trim();
      this.run();
    });
    return el(
      "div",
      { class: "field" },
      el("label", { for: "verifier-issuer" }, _("Whom you expect to have issued it (if you know)")),
      input,
    );
  }

  resultView() {
    this.result = el("div", { class: "result", role: "status", "aria-live": "polite" });
    return this.result;
  }

  /** Shows what the service offers, once it is known. */
  offer() {
    const there = this.offered !== null;
    this.use.hidden = !there;
    this.warning.hidden = !there;
  }

  /** @param {string} text */
  pin(text) {
    this.policy = text;
    this.text.value = text;
    this.run();
  }

  /** Takes files in: a policy is pinned, all else is verified. @param {Iterable<File>} chosen */
  async take(chosen) {
    const read = await Promise.all(
      [...chosen].map(async (file) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) })),
    );
    const policy = read.find(({ bytes }) => looksLikePolicy(bytes));
    const others = read.filter((file) => !looksLikePolicy(file.bytes));
    if (others.length > 0) this.files = others;
    this.listFiles();
    if (policy) this.pin(new TextDecoder().decode(policy.bytes));
    else await this.run();
  }

  listFiles() {
    this.list.replaceChildren(...this.files.map(({ name }) => el("li", {}, el("bdi", {}, name))));
  }

  /** Verifies what is there; of several runs only the last one is shown. */
  async run() {
    if (this.files.length === 0) return;
    this.runs += 1;
    const run = this.runs;
    if (this.policy.trim() === "") {
      const said = _("Now say whom you trust: without a policy nobody can say who signed this.");
      this.result.replaceChildren(el("p", { class: "note warn" }, said));
      return;
    }
    this.result.setAttribute("aria-busy", "true");
    this.result.replaceChildren(el("p", {}, _("Verifying …")));
    const shown = await this.judged();
    if (run !== this.runs) return;
    this.result.replaceChildren(shown);
    this.result.removeAttribute("aria-busy");
  }

  async judged() {
    const pinned = { policy: utf8(this.policy), issuer: this.issuer || null };
    try {
      const answer = await verifyFiles(this.files.map(({ bytes }) => bytes), pinned);
      const shown = answerView(answer, this.files.map(({ name }) => name));
      const expected = expectedDigest(location.hash);
      if (expected !== null && answer.result === PASSED) shown.prepend(await this.belongs(expected));
      return shown;
    } catch (error) {
      // A mistake of ours, not of the file; it proves nothing either way, and is told as no proof.
      const said = translated("This verifier broke off: the file is not proven to be good.");
      return el("p", { class: "note bad", lang: said.lang }, said.text, " ", el("code", {}, String(error)));
    }
  }

  /** Whether what was given is the report of the paper that led here. @param {string} expected */
  async belongs(expected) {
    const found = await Promise.all(this.files.map(({ bytes }) => digestOfReport(bytes)));
    return found.includes(expected)
      ? el("p", { class: "note good" }, _("This is the report to which the paper belongs."))
      : el("p", { class: "note bad" }, _("This is another report than the one to which the paper belongs."));
  }
}

/**
 * Puts the page into an element: its `data-policy` is the address of the service's policy, if there is a service, and its
 * `data-language` the language.
 * @param {HTMLElement} root
 * @returns {(language: string) => void} changes the language of what is shown
 */
export function mount(root) {
  speak(root.dataset.language ?? document.documentElement.lang ?? "en");
  const page = new Page(root);
  page.start();
  return (language) => {
    if (language === spoken()) return;
    speak(language);
    page.draw();
    page.run();
  };
}

if (globalThis.document?.getElementById("verifier")) {
  const change = mount(document.getElementById("verifier"));
  for (const button of document.querySelectorAll("button[data-speak]")) {
    button.addEventListener("click", () => {
      document.documentElement.lang = button.dataset.speak;
      for (const each of document.querySelectorAll("[data-lang]")) each.hidden = each.dataset.lang !== button.dataset.speak;
      change(button.dataset.speak);
    });
  }
}
