// Two small comforts of the certificate page: print and copy. Both are links or
// plain text without this module; the buttons show only where they can work.

/** Show every button of the page that this browser can serve. */
function reveal() {
  for (const button of document.querySelectorAll("[data-print], [data-copy]")) {
    button.hidden = "copy" in button.dataset && !navigator.clipboard;
  }
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-print], [data-copy]");
  if (!button) return;
  if ("print" in button.dataset) {
    window.print();
    return;
  }
  const field = document.getElementById(button.dataset.copy);
  field.select();
  await navigator.clipboard.writeText(field.value);
  button.textContent = button.dataset.done;
});
document.addEventListener("htmx:afterSwap", reveal);
reveal();
