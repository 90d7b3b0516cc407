/**
 * The presence check: asks whether the learner is there, and hands over the answer.
 *
 * Knows one prompt at a time, its count-down and its buttons; whether an answer counts is the
 * server's to say. Press, Enter and Space work alike, and a miss takes nothing away.
 */

const SECOND_MS = 1_000;

export class Prompt {
  #check = null;
  #shownMs = 0;

  /** `parts` are the page's elements; `answer(id, value, reactionMs)` sends. */
  constructor({ left, ring, acts, button, answer, documentTitle }) {
    Object.assign(this, { left, ring, acts, button, answer, documentTitle });
    this.plainTitle = document.title;
  }

  get isOpen() {
    return this.#check !== null;
  }

  /** Return the seconds the learner has in all, for the prompt's sentence. */
  get answerS() {
    return this.#check ? Math.round(this.#check.ms / SECOND_MS) : 0;
  }

  /** Show a check; one with options offers each as a button of its own. */
  open(check) {
    this.#check = check;
    this.#shownMs = performance.now();
    document.title = this.documentTitle;
    const options = check.opts?.length ? check.opts : [null];
    this.acts.replaceChildren(...options.map((option) => this.#button(option)));
  }

  /** Put the check away: answered, missed or ended elsewhere. */
  close() {
    this.#check = null;
    document.title = this.plainTitle;
  }

  /** Show the time left; the number is silent to assistive technology. */
  draw() {
    if (!this.#check) return;
    const leftMs = Math.max(0, this.#check.ms - (performance.now() - this.#shownMs));
    const text = String(Math.ceil(leftMs / SECOND_MS));
    if (this.left.textContent !== text) this.left.textContent = text;
    this.ring.setAttribute("stroke-dasharray", `${((leftMs / this.#check.ms) * 60).toFixed(1)} 60`);
  }

  #button(option) {
    const button = this.button.cloneNode(true);
    if (option !== null) button.textContent = option;
    button.addEventListener("click", () => {
      if (this.#check) this.answer(this.#check.id, option ?? "", Math.round(performance.now() - this.#shownMs));
    });
    return button;
  }
}
