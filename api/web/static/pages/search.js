// Hashes a document in the browser, and puts its digest into the form. The document is not sent.

const form = document.getElementById("search");
const field = document.getElementById("document-field");
const input = document.getElementById("document");
const state = document.getElementById("document-state");
const digest = form.elements.digest;

const base64url = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

const hash = async (file) => {
  state.textContent = state.dataset.working;
  try {
    const made = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
    digest.value = `sha-256:${base64url(new Uint8Array(made))}`;
    state.textContent = file.name;
    form.requestSubmit();
  } catch {
    state.textContent = state.dataset.failed;
  }
};

if (crypto.subtle) { // only where the page came over TLS, or from this machine
  field.hidden = false;
  input.addEventListener("change", () => input.files.length && hash(input.files[0]));
  form.addEventListener("dragover", (event) => event.preventDefault());
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) hash(event.dataTransfer.files[0]);
  });
}
