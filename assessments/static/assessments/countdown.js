/* countdown.js — how long until the bell, as the server said.
   Counts from the page's own monotonic clock, so a device with a wrong date shows the right time. */

const ANNOUNCED_MIN = [10, 5, 1];
/** Longer than a page in the background waits between two ticks, where it is not put to sleep. */
const SLEPT_MS = 5000;

export class Countdown {
  /** `leftMs`: what the server gave, `sinceMs` ago by the page's clock; `told`: {tick(leftS), minutes(n), woke(), over()}. */
  constructor(leftMs, told, sinceMs = 0) {
    this.told = told;
    this.correct(leftMs - sinceMs);
    // One more than is left: the page drawn by the server is put right at once, and at nothing left the bell rings.
    this.last = this.leftS + 1;
    this.seenAt = Date.now();
    this.timer = setInterval(() => this.#tick(), 250);
  }

  get leftMs() { return Math.max(0, this.endsAt - performance.now()); }
  get leftS() { return Math.ceil(this.leftMs / 1000); }

  /** Believe the server's newer word. */
  correct(leftMs) { this.endsAt = performance.now() + leftMs; }

  #tick() {
    // NB: while a device sleeps its monotonic clock may stand still; the date goes on, and tells that it slept.
    const slept = Date.now() - this.seenAt > SLEPT_MS;
    this.seenAt = Date.now();
    if (slept) this.told.woke();
    const leftS = this.leftS;
    if (leftS === this.last) return;
    for (const minutes of ANNOUNCED_MIN) if (this.last > minutes * 60 && leftS <= minutes * 60) this.told.minutes(minutes);
    this.last = leftS;
    this.told.tick(leftS);
    if (leftS === 0) { clearInterval(this.timer); this.told.over(); }
  }
}

/** Show seconds as 41:20, or 1:02:03 from an hour on. */
export function clockText(seconds) {
  const two = (value) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${two(minutes)}:${two(seconds % 60)}`;
}
