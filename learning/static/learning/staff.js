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
  // What the filter holds on other pages goes along: the server named it, and it stands in the form unseen.
  const beyond = document.querySelector("[data-beyond]")?.dataset ?? { beyond: 0, centihours: 0 };
  const count = ticked.length + Number(beyond.beyond);
  const worthAll = add(ticked) + Number(beyond.centihours);
  for (const row of rows()) row.toggleAttribute("aria-selected", false);
  for (const box of ticked) box.closest("[data-row]").setAttribute("aria-selected", "true");
  setText("[data-count]", count);
  setText("[data-hours]", hours(worthAll));
  setText("[data-beyond-count]", beyond.beyond);
  setText("[data-left-out]", open.length);
  const less = open.length ? "−" : "";
  setText("[data-less]", `${less}${open.length}`);
  setText("[data-less-hours]", `${less}${hours(add(open))}`);
  const said = queue?.querySelector("input[name=said]");
  if (said) said.value = `${count}:${worthAll}`;
  const act = document.querySelector("[data-act]");
  if (act) {
    act.textContent = count
      ? act.dataset.some.replace("{count}", count).replace("{hours}", hours(worthAll))
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

/** The row last ticked or cleared by hand: a range runs from it. */
let anchor = null;

/** Tick or clear this row; with a range, every row from the last one touched to this, as that one stands. */
function tick(box, isRange) {
  const all = boxes();
  if (isRange && all.includes(anchor) && anchor !== box) {
    const [from, to] = [all.indexOf(anchor), all.indexOf(box)].sort((a, b) => a - b);
    for (const each of all.slice(from, to + 1)) each.checked = anchor.checked;
  }
  anchor = box;
  tell();
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
  x: (event) => {
    const box = here()?.querySelector("input[name=pick]");
    if (!box) return;
    const isRange = event.shiftKey && anchor !== null;
    if (!isRange) box.checked = !box.checked;
    tick(box, isRange);
  },
  // Only what is read: not the row left behind while the next one is on its way, and nothing while the key is held.
  a: (event) => {
    if (event.repeat || here()?.hasAttribute("aria-current") === false) return;
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
  verb(event);
});

queue?.addEventListener("change", tell);
queue?.addEventListener("click", (event) => {
  if (event.target.matches("input[name=pick][type=checkbox]")) tick(event.target, event.shiftKey);
});
document.querySelector("[data-select-page]")?.addEventListener("click", (event) => {
  event.preventDefault();
  document.querySelector("[data-beyond]")?.remove();
  const all = boxes();
  const isTicked = all.some((box) => !box.checked);
  for (const box of all) box.checked = isTicked;
  tell();
});

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.matches?.("[data-row]")) document.querySelectorAll("tr.open").forEach((row) => row.remove());
});
/* Old content stays while new is on its way; what does not come is said, and nothing ticked is lost. */
const offline = document.querySelector("[data-offline]");
document.addEventListener("htmx:beforeRequest", (event) => event.detail.target.setAttribute("aria-busy", "true"));
document.addEventListener("htmx:afterRequest", (event) => {
  event.detail.target.removeAttribute("aria-busy");
  if (offline && event.detail.successful) offline.hidden = true;
});
for (const failure of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(failure, () => { if (offline) offline.hidden = false; });
}
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
