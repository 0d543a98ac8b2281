// Long work in slices, so that the page stays alive: no worker, which a single file under a strict policy cannot start.

const SLICE = 30;
let since = 0;

/**
 * Lets the page draw and answer if it could not for a while. Cheap otherwise; call it inside every long loop.
 * @returns {Promise<void>}
 */
export async function breathe() {
  const now = performance.now();
  if (now - since < SLICE) return;
  await new Promise((resume) => {
    setTimeout(resume, 0);
  });
  since = performance.now();
}
