/**
 * The line to the server as a learner sees it: how fresh, how fast, how long until the next try,
 * who else is on it, and what became of the time it was down.
 *
 * Knows times and counts; nothing of sockets, sentences or pages.
 */

export class Line {
  other = null;
  #lastAckMs = null;
  #latencyMs = null;
  #attempt = 0;
  #retryAtMs = 0;
  #lostBefore = null;

  acknowledged(nowMs, latencyMs) {
    this.#lastAckMs = nowMs;
    this.#latencyMs = latencyMs ?? this.#latencyMs;
  }

  /** Note a loss; `lostS` are the seconds already missing, so that new ones can be told apart. */
  lost(nowMs, { attempt, retryMs }, lostS) {
    this.#attempt = attempt;
    this.#retryAtMs = nowMs + retryMs;
    this.#lostBefore ??= lostS;
  }

  /** Note who holds the place, as the server's `who` tells it. */
  heldBy(who) {
    this.other = who ? JSON.parse(who) : null;
  }

  /** Return what to say of the time offline, as `[key, facts]`; null when there was none. */
  aftermath(lostS, pendingS) {
    if (this.#lostBefore === null) return null;
    const n = lostS - this.#lostBefore;
    if (pendingS === 0) this.#lostBefore = null;
    if (n > 0) return ["say.back", { n }];
    return [pendingS ? "say.back.waiting" : "say.back.all", {}];
  }

  /** Return this line's part of the view `status` words. */
  view(nowMs, language) {
    return {
      other: this.other,
      attempt: this.#attempt,
      retryS: Math.ceil((this.#retryAtMs - nowMs) / 1_000),
      latencyMs: this.#latencyMs,
      lastAckMs: this.#lastAckMs,
      lastTime: this.#lastAckMs ? new Date(this.#lastAckMs).toLocaleTimeString(language, { hour12: false }) : "",
      nowMs,
    };
  }
}
