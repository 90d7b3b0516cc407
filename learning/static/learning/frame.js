/* frame.js — what every page needs once scripts run: a form is sent once, and the sign-in page takes no part's place.
   Without it a second answer says that somebody was first, and links lead to the sign-in page by themselves. */

/** After this a form may be sent again although its page stayed: the answer was a file, or was stopped. */
const AGAIN_AFTER_MS = 5_000;
const SIGN_IN = /\/accounts\/login\/$/;

const sent = new Set();

// A double click, or a key held down: the answer to the second would hide the answer to the first.
addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (sent.has(form)) {
    event.preventDefault();
    return;
  }
  sent.add(form);
  setTimeout(() => sent.delete(form), AGAIN_AFTER_MS);
});
addEventListener("pageshow", () => sent.clear());

// Signed out meanwhile: what was asked for by hand, and a job that is watched, go on at the sign-in page.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail;
  if (!xhr.responseURL || !SIGN_IN.test(new URL(xhr.responseURL).pathname)) return;
  event.detail.shouldSwap = false;
  if (requestConfig.elt.matches("a[href],[data-job]")) location.assign(xhr.responseURL);
});
