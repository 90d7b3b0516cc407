/* room.js — the paper on the page: choose, flag, move, and show which answers the server has.
   Every question is in the page already, so moving between them needs no line. */

import { announce, openRoom, say, setText, words } from "./bar.js";

const forms = [...document.querySelectorAll("form.question")];
const sheet = document.getElementById("sheet");
const byPosition = new Map(forms.map((form) => [Number(form.dataset.position), form]));
let current = Number(forms.find((form) => !form.hidden).dataset.position);

/* What is on the page ------------------------------------------------------- */
const boxes = (form) => [...form.querySelectorAll("input[name=answer]")];
const chosen = (form) => boxes(form).filter((box) => box.checked).map((box) => box.value);
const isFlagged = (form) => form.elements.flagged.value === "1";

function showAnswer(form, { choices, flagged }) {
  for (const box of boxes(form)) box.checked = choices.includes(box.value);
  showFlag(form, flagged);
}

function showFlag(form, flagged) {
  form.elements.flagged.value = flagged ? "1" : "0";
  form.querySelector("[name=flag]").setAttribute("aria-pressed", String(flagged));
}

function addMarks(form) {
  for (const face of form.querySelectorAll(".face")) {
    face.querySelectorAll(".mark").forEach((mark) => mark.remove());
    face.append(document.getElementById("marks").content.cloneNode(true));
  }
  if (form.dataset.saved) showSaved(form, form.dataset.saved);
}

function showSaved(form, time) {
  form.querySelectorAll(".mark.s-live [data-text]").forEach((place) => setText(place, say(words.saved, { time })));
}

/* What waits for the server --------------------------------------------------- */
function paint(queue) {
  let answered = 0, held = 0, flagged = 0;
  for (const form of forms) {
    const position = Number(form.dataset.position);
    const isHeld = queue.has(position);
    const isAnswered = chosen(form).length > 0;
    answered += isAnswered && !isHeld; held += isHeld; flagged += isFlagged(form);
    // "saving" shows neither mark: a moment's wait is not yet worth an alarm.
    form.dataset.state = isHeld ? (room.line.isDown ? "offline" : "saving") : "live";
    paintCell(form, position, isAnswered, isHeld);
  }
  const blank = forms.filter((form) => chosen(form).length === 0).length;
  sheet.dataset.state = room.line.isDown && held ? "offline" : "live";
  for (const [name, count] of Object.entries({ answered, held, blank, flagged }))
    setText(sheet.querySelector(`[data-count=${name}]`), String(count));
  setText(document.getElementById("answered"), say(words.answered_of, { count: forms.length - blank, total: forms.length }));
  setText(document.getElementById("review-note"), say(words.review_note, { blank, flagged }));
}

function paintCell(form, position, isAnswered, isHeld) {
  const cell = sheet.querySelector(`.cells [data-position="${position}"]`);
  cell.classList.toggle("done", isAnswered);
  cell.classList.toggle("held", isHeld && room.line.isDown);
  if (position === current) cell.setAttribute("aria-current", "step"); else cell.removeAttribute("aria-current");
  const sentence = !isAnswered ? words.cell_blank : isHeld ? words.cell_unsaved : words.cell_answered;
  let label = say(sentence, { position });
  if (isFlagged(form)) label = say(words.cell_flagged, { label });
  cell.setAttribute("aria-label", label);
  const flag = cell.querySelector(".flag");
  if (isFlagged(form) && !flag) cell.append(document.getElementById("flag").content.cloneNode(true));
  if (!isFlagged(form) && flag) flag.remove();
}

const room = openRoom({
  changed(queue, ack, sent) {
    if (ack) settle(ack, sent);
    paint(queue);
  },
  refused(sent) { showAnswer(byPosition.get(sent.position), { choices: [], flagged: false }); },
});

/** Take the server's word for what is saved; a later answer from another device is shown, never overwritten. */
function settle(ack, sent) {
  const form = byPosition.get(ack.position);
  form.dataset.revision = String(Math.max(ack.revision, Number(form.dataset.revision)));
  form.elements.revision.value = String(Number(form.dataset.revision) + 1);
  showSaved(form, ack.saved_at);
  const differs = ack.flagged !== sent.flagged || String(ack.choices) !== String([...sent.choices].sort());
  if (differs && !room.queue.has(ack.position)) {
    showAnswer(form, ack);
    announce(say(words.superseded, { position: ack.position }));
  }
}

/** A choice is numbered by when it was made, so that of two devices the later one stands. A flag alone is the
    next number: on a page that is behind it must not bring back what the page still shows. */
function keep(form, madeMs = 0) {
  const revision = Math.max(Number(form.dataset.revision) + 1, madeMs);
  form.dataset.revision = String(revision);
  room.queue.put({ position: Number(form.dataset.position), choices: chosen(form), flagged: isFlagged(form), revision });
  paint(room.queue);
  room.line.flush();
}

/* Moving about ------------------------------------------------------------------ */
function goTo(position) {
  const form = byPosition.get(position);
  if (!form) return;
  current = position;
  for (const each of forms) each.hidden = each !== form;
  const address = new URL(location.href);
  address.searchParams.set("q", String(position));
  history.replaceState(null, "", address);
  paint(room.queue);
  form.querySelector("h1").focus({ preventScroll: true });
  scrollTo({ top: 0 });
}

async function review(address) {
  await room.line.flush();
  if (room.queue.size === 0) location.assign(address);
}

for (const form of forms) {
  addMarks(form);
  const waiting = room.queue.get(Number(form.dataset.position));
  if (waiting) form.dataset.revision = String(Math.max(waiting.revision, Number(form.dataset.revision)));
  // Chosen while this module was still on its way: nobody has sent it yet.
  if (boxes(form).some((box) => box.checked !== box.defaultChecked)) keep(form, room.goneMs());
  else if (waiting) showAnswer(form, waiting);
  form.addEventListener("change", () => keep(form, room.goneMs()));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = event.submitter;
    if (button?.name === "flag") { showFlag(form, !isFlagged(form)); keep(form); }
    else if (button?.value === "review") review(document.getElementById("review").href);
    else if (button) goTo(Number(button.value));
  });
}

sheet.addEventListener("click", (event) => {
  const cell = event.target.closest(".cells a");
  const isReview = event.target.closest("#review");
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (cell) { event.preventDefault(); goTo(Number(cell.dataset.position)); }
  if (isReview) { event.preventDefault(); review(isReview.href); }
});

/* Keys work only while a question has the focus (WCAG 2.1.4). */
document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("form.question");
  if (!form || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const key = event.key.toUpperCase();
  const box = boxes(form).find((each) => each.value === key);
  if (box) { box.click(); box.focus(); }
  else if (key === "N") goTo(current + 1);
  else if (key === "P") goTo(current - 1);
  else if (key === "F") form.querySelector("[name=flag]").click();
  else return;
  event.preventDefault();
});

paint(room.queue);
if (room.queue.size) room.line.flush();
