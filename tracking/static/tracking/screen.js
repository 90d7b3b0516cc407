/**
 * The screen: facts and receipt in, words and marks on the page out.
 *
 * The only module that writes the lamp, the receipt, the bar, the veils and the notices. It
 * decides nothing and remembers only what it last wrote, so that a screen reader hears a change
 * of state once and never a ticking number.
 */

import { drawHead, drawPieces, marks, percent, spoken } from "./coverage_bar.js";
import { centihours, clockText, hoursText } from "./receipt.js";

/** Long enough for a slow reader of two lines. */
const NOTICE_MS = 20_000;

const TONES = {
  playing: "live", replaying: "live", check: "live", complete: "live",
  offline: "off", offline_idle: "off",
  offline_playing: "held", taken: "held", refused: "held", uncounted: "held", hidden: "held", missed: "held",
  capped: "held",
};

export class Screen {
  #wrote = new Map();
  #focusedBefore = null;
  #drawnReceipt = null;

  constructor(root, say, { durationS, neededS, hourSeconds }) {
    Object.assign(this, { root, say, durationS, neededS, hourSeconds });
    this.frame = this.part("frame");
  }

  part(name) {
    return this.root.querySelector(`[data-${name}]`);
  }

  /** Write text only where it changed: assistive technology speaks every write to a live region. */
  write(selector, text) {
    if (this.#wrote.get(selector) === text) return;
    this.#wrote.set(selector, text);
    for (const one of this.root.querySelectorAll(selector)) one.textContent = text;
  }

  /** Show a receipt: bar, card and marks from one set of numbers. */
  drawReceipt(receipt) {
    if (receipt === this.#drawnReceipt) return;
    this.#drawnReceipt = receipt;
    const text = clockText(receipt.creditedS);
    this.write("[data-credited]", text);
    this.write("[data-credited-hours]", hoursText(centihours(receipt.creditedS, this.hourSeconds)));
    this.#drawCourse(receipt);
    this.write("[data-position]", clockText(receipt.positionS));
    this.write("[data-lost]", clockText(receipt.lostS));
    this.write("[data-awaiting]", clockText(receipt.awaitingS));
    this.part("lost-row").hidden = receipt.lostS === 0;
    this.part("gap-link").hidden = receipt.lostS === 0;
    this.part("gap").hidden = receipt.lostS === 0;
    this.write("[data-gap]", this.say("gap", { n: receipt.lostS }));
    this.write("[data-lost-where]", receipt.lost.slice(0, 3).map(([from, to]) => `${clockText(from)}–${clockText(to)}`).join("  "));
    drawPieces(this.part("pieces"), receipt);
    this.part("bar").setAttribute("aria-label", spoken(receipt, this.say, (s) => this.#spokenTime(s)));
    this.#drawMarks(receipt);
  }

  /** Move the playhead, the clock and the slider. */
  drawPosition(positionS) {
    drawHead({ line: this.part("head"), knob: this.part("knob") }, positionS, this.durationS);
    const whole = Math.min(Math.floor(positionS), this.durationS);
    this.write("[data-clock]", clockText(whole));
    const slider = this.part("seek");
    slider.value = String(whole);
    const words = this.say("seek", { at: this.#spokenTime(whole), whole: this.#spokenTime(this.durationS) });
    if (slider.getAttribute("aria-valuetext") !== words) slider.setAttribute("aria-valuetext", words);
  }

  /** Show the state: lamp, lines, and the card over the picture. */
  drawStatus({ phase, sub, small, note, link, device, veil, fills }) {
    this.root.dataset.state = phase.replace("_", "-");
    this.part("lamp").dataset.tone = TONES[sub] ?? TONES[phase] ?? "still";
    this.write("[data-lamp-word]", this.say(`lamp.${sub}`));
    this.write("[data-lamp-small]", small);
    this.write("[data-awaiting-note]", note);
    this.write("[data-link-word]", link.text);
    this.part("line").dataset.link = link.isUp ? "up" : "down";
    this.write("[data-device-word]", device);
    for (const [name, text] of Object.entries(fills)) this.write(`[data-fill="${name}"]`, text);
    this.#drawVeil(veil);
  }

  /** Say one thing once, below the bar; it goes when it has been read, unless it lasts. */
  notify(text, isLasting = false) {
    clearTimeout(this.noticeTimer);
    this.write("[data-say]", text);
    if (text && !isLasting) this.noticeTimer = setTimeout(() => this.write("[data-say]", ""), NOTICE_MS);
  }

  /** Show that the lecture is complete, quietly: the next step appears, and stays. */
  drawComplete(isComplete) {
    if (isComplete) this.part("complete").hidden = false;
  }

  /** Keep this lecture's line in the course's list, and the course's sum, in step with the bar. */
  #drawCourse({ creditedS }) {
    const isDone = creditedS >= this.neededS;
    this.part("current").className = isDone ? "done" : creditedS > 0 ? "doing" : "todo";
    const shownS = creditedS > 0 && !isDone ? creditedS : this.durationS;
    this.write("[data-current-hours]", hoursText(centihours(shownS, this.hourSeconds)));
    const course = this.part("course-hours");
    this.write("[data-course-hours]", hoursText(centihours(Number(course.dataset.othersS) + creditedS, this.hourSeconds)));
  }

  #drawVeil(name) {
    const hadFocus = document.activeElement?.closest("[data-veil]");
    let shown = null;
    for (const veil of this.root.querySelectorAll("[data-veil]")) {
      const isShown = veil.dataset.veil === name;
      if (isShown && veil.hidden) shown = veil;
      veil.hidden = !isShown;
    }
    // One filled button at a time: the veil's comes first.
    this.part("complete").querySelector(".btn").classList.toggle("primary", name === null);
    if (shown && this.#mayTakeFocus(shown)) this.#focusOn(shown);
    else if (hadFocus?.hidden) this.#giveFocusBack();
  }

  /** A reader of the transcript is left alone; whoever is in the player, or nowhere, is led to a question. */
  #mayTakeFocus(veil) {
    const { activeElement } = document;
    const isNowhere = !activeElement || activeElement === document.body;
    return this.frame.contains(activeElement) || (isNowhere && veil.getAttribute("role") === "alertdialog");
  }

  #focusOn(veil) {
    const { activeElement } = document;
    if (!activeElement.closest("[data-veil]")) this.#focusedBefore = activeElement;
    // A question is read before it is answered: a key already on its way must not choose.
    (veil.querySelector("[data-first]:not([hidden])") ?? veil.querySelector("button, a"))?.focus();
  }

  #giveFocusBack() {
    const before = this.#focusedBefore;
    const isThere = before?.isConnected && before !== document.body && before.checkVisibility?.() !== false;
    (isThere ? before : this.part("play")).focus();
  }

  #drawMarks(receipt) {
    const shown = new Map(marks(receipt).map((mark) => [mark.kind, mark]));
    for (const text of this.part("marks").querySelectorAll("[data-mark]")) {
      const mark = shown.get(text.dataset.mark);
      const isClear = mark && mark.atS > this.durationS * 0.08 && mark.atS < this.durationS * 0.9;
      text.textContent = isClear ? this.#markWords(mark, receipt) : "";
      if (mark) text.setAttribute("x", percent(mark.atS, this.durationS));
    }
  }

  #markWords(mark, receipt) {
    if (mark.kind === "gap") {
      return this.say("mark.gap", { at: clockText(mark.run[0]), n: mark.run[1] - mark.run[0] });
    }
    const gap = receipt.lost[0];
    const isCrowded = gap && mark.atS - gap[1] < this.durationS * 0.2;
    return isCrowded ? "" : clockText(mark.atS);
  }

  #spokenTime(seconds) {
    if (seconds < 60) return this.say("time.seconds", { n: seconds });
    return this.say("time.minutes", { m: Math.floor(seconds / 60), s: seconds % 60 });
  }
}
