/**
 * Captions and transcript: what is being said now, over the picture and beside it.
 *
 * Knows text tracks and the transcript's list; nothing of coverage. The browser's own caption
 * drawing is used only in its own full screen, where ours cannot be seen.
 */

/** The captions over the picture; `language` prefers one of the tracks. */
export class Captions {
  #chosen = -1;

  constructor({ video, line, button, word, badge, say, language }) {
    Object.assign(this, { video, line, button, word, badge, say });
    this.tracks = [...video.textTracks];
    for (const track of this.tracks) {
      track.mode = "hidden";
      track.addEventListener("cuechange", () => this.#draw());
    }
    button.hidden = this.tracks.length === 0;
    const preferred = this.tracks.findIndex((track) => track.language.slice(0, 2) === language.slice(0, 2));
    this.#choose(this.tracks.length ? Math.max(preferred, 0) : -1);
    video.addEventListener("webkitbeginfullscreen", () => this.#lend("showing"));
    video.addEventListener("webkitendfullscreen", () => this.#lend("hidden"));
  }

  /** Say whether captions are on, which the beats report. */
  get isOn() {
    return this.#chosen >= 0;
  }

  /** Go to the next choice: each language, then off. */
  toggle() {
    this.#choose(this.#chosen + 1 < this.tracks.length ? this.#chosen + 1 : -1);
  }

  #choose(index) {
    this.#chosen = index;
    const label = this.tracks[index]?.label ?? "";
    this.button.setAttribute("aria-pressed", String(index >= 0));
    this.word.textContent = index >= 0 ? this.say("captions.on", { language: label }) : this.say("captions.off");
    this.badge.textContent = this.tracks.length > 1 ? label : "";
    this.line.lang = this.tracks[index]?.language ?? "";
    this.#draw();
  }

  #lend(mode) {
    if (this.tracks[this.#chosen]) this.tracks[this.#chosen].mode = mode;
  }

  #draw() {
    const cues = [...(this.tracks[this.#chosen]?.activeCues ?? [])];
    this.line.firstElementChild.textContent = cues.map((cue) => cue.getCueAsHTML().textContent).join("\n");
    this.line.hidden = cues.length === 0;
  }
}

/** The transcript: the sentence now, those not reached yet, and a way to go back to one. */
export class Transcript {
  constructor(list, goTo) {
    this.rows = [...(list?.children ?? [])].map((row) => ({
      row,
      button: row.querySelector("button"),
      fromMs: Number(row.dataset.from),
      toMs: Number(row.dataset.to),
    }));
    for (const { button, fromMs } of this.rows) button.addEventListener("click", () => goTo(fromMs));
  }

  /** Mark where the playhead is and how far the learner has come. */
  draw(positionMs, reachedMs) {
    const now = this.rows.findLast(({ fromMs }) => fromMs <= positionMs);
    for (const one of this.rows) {
      if (one === now) one.row.setAttribute("aria-current", "true");
      else one.row.removeAttribute("aria-current");
      const isAhead = one.fromMs > reachedMs;
      one.row.classList.toggle("future", isAhead);
      one.button.disabled = isAhead;
    }
  }
}
