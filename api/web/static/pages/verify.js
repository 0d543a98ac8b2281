// A paper's QR code leads here with the digest of its report after the #, which is never sent: it is shown, to compare.

const said = new URLSearchParams(location.hash.slice(1)).get("digest");
if (said && /^sha-256:[A-Za-z0-9_-]{43}$/.test(said)) {
  const note = document.getElementById("expected");
  note.querySelector("code").textContent = said;
  note.hidden = false;
}
