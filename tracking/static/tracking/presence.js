/**
 * The course of a presence check: asked, answered, missed, and gone on with.
 *
 * Knows the check that is open and what became of it; nothing of elements or of the video. It
 * tells its owner, through `tell(event, detail)`: asked · cleared · missed · wrong · rewound.
 * A miss takes nothing away: the check stays open until somebody answers, however late.
 */

/** The server's own word about a miss comes first; this long it is waited for. */
const GRACE_MS = 4_000;
/** An answer is on its way for so long; then it may be lost, and another is taken. */
const UNDER_WAY_MS = 5_000;

export class Presence {
  #check = null;
  #untilMs = 0;
  #isMissed = false;
  #answeredMs = null;

  /** `prompt` draws; `send(id, value, reactionMs)` answers the server; `nowMs()` is a monotonic clock. */
  constructor({ prompt, send, tell, nowMs = () => performance.now() }) {
    Object.assign(this, { prompt, send, tell, nowMs });
    this.missedAt = null;
  }

  get isOpen() {
    return this.#check !== null;
  }

  /** Say what kind of answer is asked for: tap or pick. */
  get kind() {
    return this.#check?.kind ?? "tap";
  }

  /** Return the seconds the learner has in all; 0 when there is no hurry. */
  get answerS() {
    return this.#untilMs > 0 ? Math.round(this.#check.ms / 1_000) : 0;
  }

  /** The server asks. Whoever missed the one before is asked when they are back. */
  ask(check) {
    const isAgain = check.id === this.#check?.id;
    this.#check = check;
    this.#untilMs = this.nowMs() + check.ms;
    this.#answeredMs = null;
    if (this.#isMissed) return;
    this.prompt.open(check, this.#untilMs, this.nowMs());
    this.tell("asked", { isAgain });
  }

  /** The server judged: passed, wrong, or out of time. */
  judge({ id = this.#check?.id, ok, rewind }) {
    if (rewind !== undefined) this.tell("rewound", { toS: rewind });
    if (!this.#check || id !== this.#check.id) return;
    if (ok) this.#clear("cleared");
    else if (this.#answeredMs !== null) this.#clear("wrong");
    else this.#miss();
  }

  /** The learner is back after a miss: a press answers at once, a question is asked without hurry. */
  goOn() {
    if (!this.#isMissed || !this.#check) return;
    if (this.#check.kind === "pick") {
      this.#isMissed = false;
      if (this.#untilMs <= this.nowMs()) this.#untilMs = 0;
      this.prompt.open(this.#check, this.#untilMs, this.nowMs());
      this.tell("asked", { isAgain: true });
    } else this.answer("", 0);
  }

  /** Hand over an answer, with the time it took; the second press of two is none. */
  answer(value, reactionMs) {
    if (!this.#check || this.#isUnderWay()) return;
    this.#answeredMs = this.nowMs();
    this.send(this.#check.id, value, reactionMs);
  }

  /** The session is gone; a check still open is asked anew by the next. */
  forget() {
    this.#check = null;
    this.#untilMs = 0;
    this.#isMissed = false;
    this.prompt.close();
  }

  /** Keep the count-down, and note a miss of which no word came. */
  tick() {
    if (!this.#check || this.#isMissed) return;
    const nowMs = this.nowMs();
    this.prompt.draw(nowMs);
    if (this.#isRunOut(nowMs) && this.#answeredMs === null) this.#miss();
  }

  #isUnderWay() {
    return this.#answeredMs !== null && this.nowMs() - this.#answeredMs < UNDER_WAY_MS;
  }

  #isRunOut(nowMs) {
    return this.#untilMs > 0 && nowMs > this.#untilMs + GRACE_MS;
  }

  #miss() {
    if (this.#isMissed) return;
    this.#isMissed = true;
    this.#untilMs = 0;
    this.missedAt = Date.now();
    this.prompt.close();
    this.tell("missed");
  }

  #clear(event) {
    this.forget();
    this.tell(event);
  }
}
