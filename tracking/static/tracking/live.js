// Live presence: lets htmx renew the figures only while somebody looks, and says so when it failed.
// Without this module the page is renewed all the same; without any script there is a link.

const place = () => document.getElementById("now");

function say(isStale) {
  const line = place()?.querySelector("[data-stale]");
  if (line) line.textContent = isStale ? line.dataset.words : "";
}

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target === place() && document.hidden) event.preventDefault();
});

// A page of another kind, such as the sign-in page, must not take the figures' place.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target !== place()) return;
  if (!event.detail.xhr.responseText.includes('id="now"')) {
    event.detail.shouldSwap = false;
    say(true);
  }
});

for (const failure of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(failure, (event) => {
    if (event.target === place()) say(true);
  });
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && place()) window.htmx?.trigger(place(), "renew");
});
