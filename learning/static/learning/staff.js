/* staff.js — the desks of auditors and officers, quicker by keyboard.
   Keeps the button's words true to what is ticked, moves between rows, opens the key list.
   Everything it does can be done without it: forms, checkboxes and links. */

const KEYS_OFF = "hourbook.staff.keys-off";
const NARROW = matchMedia("(max-width:64rem)");

const queue = document.querySelector("[data-queue]");
const rows = () => [...document.querySelectorAll("[data-row]")];
const boxes = () => (queue ? [...queue.querySelectorAll("input[name=pick][type=checkbox]")] : []);
const setText = (selector, text) => document.querySelectorAll(selector).forEach((node) => { node.textContent = text; });

/** Hundredths of a credit hour as the server writes them: 52.5, or 0.93 where tenths would hide something. */
function hours(centihours) {
  const whole = Math.floor(centihours / 100);
  const rest = String(centihours % 100).padStart(2, "0");
  return `${whole}.${rest.endsWith("0") ? rest[0] : rest}`;
}

/** Say in every place how much is ticked; the server acts only on what the button said. */
function tell() {
  const worth = (box) => Number(box.closest("[data-row]").dataset.centihours);
  const add = (list) => list.reduce((sum, box) => sum + worth(box), 0);
  const ticked = boxes().filter((box) => box.checked);
  const open = boxes().filter((box) => !box.checked);
  for (const row of rows()) row.toggleAttribute("aria-selected", false);
  for (const box of ticked) box.closest("[data-row]").setAttribute("aria-selected", "true");
  setText("[data-count]", ticked.length);
  setText("[data-hours]", hours(add(ticked)));
  setText("[data-left-out]", open.length);
  setText("[data-left-out-hours]", hours(add(open)));
  const said = queue?.querySelector("input[name=said]");
  if (said) said.value = `${ticked.length}:${add(ticked)}`;
  const act = document.querySelector("[data-act]");
  if (act) {
    act.textContent = ticked.length
      ? act.dataset.some.replace("{count}", ticked.length).replace("{hours}", hours(add(ticked)))
      : act.dataset.none;
  }
}

/** The row the keyboard stands on: the focused one, else the open one. */
function here() {
  return document.activeElement?.closest?.("[data-row]") ?? rows().find((row) => row.hasAttribute("aria-current"));
}

function step(by) {
  const all = rows();
  const at = all.indexOf(here());
  const row = all[at < 0 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1)];
  const link = row?.querySelector("a.p");
  link?.focus();
  if (row && !row.hasAttribute("aria-current")) link?.click();
}

function reveal(open) {
  for (const row of rows()) {
    const link = row.querySelector("a.p");
    const isOpen = link?.getAttribute("hx-get")?.includes(`entry=${open}&`) || link?.getAttribute("hx-get")?.endsWith(`entry=${open}`);
    row.toggleAttribute("aria-current", false);
    if (isOpen) row.setAttribute("aria-current", "true");
    if (link?.hasAttribute("aria-expanded")) link.setAttribute("aria-expanded", String(Boolean(isOpen)));
  }
}

const VERBS = {
  j: () => step(1),
  k: () => step(-1),
  x: () => { const box = here()?.querySelector("input[name=pick]"); if (box) { box.checked = !box.checked; tell(); } },
  a: () => {
    const words = document.querySelector("#words");
    if (words && !words.value.trim()) words.focus();
    else document.querySelector("[data-key=a]")?.click();
  },
  r: () => document.querySelector("#reason")?.focus(),
  "?": () => document.querySelector("#keysheet")?.showModal(),
};

function keysAreOn() {
  return localStorage.getItem(KEYS_OFF) === null;
}

addEventListener("keydown", (event) => {
  const verb = VERBS[event.key.toLowerCase()];
  const typing = event.target.closest?.("input:not([type=checkbox]),select,textarea,dialog,[contenteditable]");
  if (!verb || typing || event.ctrlKey || event.metaKey || event.altKey || !queue || !keysAreOn()) return;
  event.preventDefault();
  verb();
});

queue?.addEventListener("change", tell);
document.querySelector("[data-select-page]")?.addEventListener("click", (event) => {
  event.preventDefault();
  const all = boxes();
  const tick = all.some((box) => !box.checked);
  for (const box of all) box.checked = tick;
  tell();
});

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.matches?.("[data-row]")) document.querySelectorAll("tr.open").forEach((row) => row.remove());
});
document.addEventListener("htmx:afterSettle", () => {
  const open = document.querySelector("[data-open]");
  if (!open) return;
  reveal(open.dataset.open);
  if (NARROW.matches) open.scrollIntoView({ block: "start" });
});

const switcher = document.querySelector("[data-keys-on]");
if (switcher) {
  switcher.checked = keysAreOn();
  switcher.addEventListener("change", () => {
    if (switcher.checked) localStorage.removeItem(KEYS_OFF);
    else localStorage.setItem(KEYS_OFF, "1");
  });
}
document.querySelector("[data-help]")?.addEventListener("click", VERBS["?"]);
for (const node of document.querySelectorAll("[data-keys],[data-print]")) node.hidden = false;
document.querySelector("[data-print]")?.addEventListener("click", () => print());
// Firefox keeps ticks over a reload; the words must follow them.
if (queue) tell();
