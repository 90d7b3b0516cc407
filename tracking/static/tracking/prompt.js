/**
 * The presence check as the learner meets it: the question, its buttons and its count-down.
 *
 * Knows one prompt at a time and how it is drawn and spoken; whether an answer counts is the
 * server's to say, and what follows a miss is `presence`'s. Press, Enter and Space work alike.
 */

const SECOND_MS = 1_000;
/** Seconds left that are spoken: a number that changes each second would drown everything else. */
const SPOKEN_S = [30, 10];

export class Prompt {
  #check = null;
  #untilMs = 0;
  #shownMs = 0;
  #spoken = new Set();

  /** `parts` are the page's elements; `answer(value, reactionMs)` hands over what was pressed. */
  constructor({ left, ring, acts, button, question, speech, say, answer }) {
    Object.assign(this, { left, ring, acts, button, question, speech, say, answer });
    this.plainTitle = document.title;
  }

  /** Show a check that runs out at `untilMs`; one that ran out already has no count-down. */
  open(check, untilMs, nowMs = performance.now()) {
    this.#check = check;
    this.#untilMs = untilMs;
    this.#shownMs = nowMs;
    this.#spoken = new Set(SPOKEN_S.filter((second) => second * SECOND_MS >= untilMs - nowMs));
    document.title = this.say("title.check");
    this.question.textContent = check.kind === "pick" ? check.text : "";
    this.question.hidden = check.kind !== "pick";
    const options = check.opts?.length ? check.opts : [null];
    this.acts.replaceChildren(...options.map((option) => this.#button(option)));
    this.left.parentElement.hidden = untilMs <= nowMs;
    this.draw(nowMs);
  }

  /** Put the check away: answered, missed or ended elsewhere. */
  close() {
    this.#check = null;
    this.speech.textContent = "";
    document.title = this.plainTitle;
  }

  /** Say whether the learner stands before the buttons already. */
  get hasFocus() {
    return Boolean(document.activeElement?.closest("[data-veil=check]"));
  }

  /** Say the prompt aloud to whoever the focus was not taken from. */
  announce(words) {
    if (this.#check) this.speech.textContent = words;
  }

  /** Show the time left, to the eye each second and to the ear twice. */
  draw(nowMs = performance.now()) {
    if (!this.#check || this.left.parentElement.hidden) return;
    const leftS = Math.max(0, Math.ceil((this.#untilMs - nowMs) / SECOND_MS));
    const text = String(leftS);
    if (this.left.textContent === text) return;
    this.left.textContent = text;
    this.ring.setAttribute("stroke-dasharray", `${((leftS * SECOND_MS * 60) / this.#check.ms).toFixed(1)} 60`);
    const due = SPOKEN_S.find((second) => leftS <= second && !this.#spoken.has(second));
    if (due === undefined || leftS === 0) return;
    this.#spoken.add(due);
    this.announce(this.say("check.left", { n: leftS }));
  }

  #button(option) {
    const button = this.button.cloneNode(true);
    // One filled button at a time: of several answers, none is the page's own choice.
    if (option !== null) Object.assign(button, { textContent: option, className: "btn" });
    button.addEventListener("click", () => {
      if (this.#check) this.answer(option ?? "", Math.round(performance.now() - this.#shownMs));
    });
    return button;
  }
}
