/* line.js — sends waiting answers one at a time and keeps trying.
   Knows the queue and one address; tells the page what happens and decides nothing about it. */

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 15000;
const PATIENCE_MS = 8000;
const GLANCE_MS = 5000;

export class Line {
  /** `told`: {saved(ack, sent), down(tries, waitMs, isSignedOut), up(), closed(address), refused(sent), left(ms), moved()}. */
  constructor({ queue, address, token, attempt, told }) {
    Object.assign(this, { queue, address, token, attempt, told });
    this.tries = 0;
    this.isSending = false;
    this.sending = null;
    this.mayRenew = false;
    this.timer = 0;
    this.glance = 0;
  }

  get isDown() { return this.tries > 0; }

  /** Send all that waits. Called again while sending, it waits for the same end: the loop sees new answers. */
  flush() {
    clearTimeout(this.timer);
    if (!this.isSending) this.sending = this.#sendAll();
    return this.sending;
  }

  async #sendAll() {
    this.isSending = true;
    this.mayRenew = true;
    try {
      while (this.queue.size) if (!(await this.#send(this.queue.first()))) return;
      if (this.tries) { this.tries = 0; this.told.up(); }
    } finally { this.isSending = false; }
  }

  async #send(answer) {
    let reply;
    try {
      reply = await fetch(this.address, {
        method: "POST", redirect: "manual", keepalive: true, signal: AbortSignal.timeout?.(PATIENCE_MS),
        headers: { "Content-Type": "application/json", "X-CSRFToken": this.token },
        body: JSON.stringify({ attempt: this.attempt, ...answer }),
      });
    } catch { return this.#later(); }
    if (reply.type === "opaqueredirect" || reply.status === 403) return (await this.#renew()) || this.#later(true);
    if (reply.status === 409) { this.queue.clear(); this.told.closed((await reply.json()).result); return false; }
    if (reply.status === 400) { this.queue.drop(answer.position); this.told.refused(answer); return true; }
    if (!reply.ok) return this.#later();
    let ack;
    try { ack = await reply.json(); } catch { return this.#later(); }
    this.queue.acknowledge(ack.position, ack.revision);
    this.told.saved(ack, answer);
    return true;
  }

  /** Ask how long is left by reading the page anew; by now it may lead elsewhere: handed in, or signed out. */
  async look() {
    clearTimeout(this.glance);
    try {
      const reply = await readAnew();
      if (reply.type === "opaqueredirect") return this.told.moved();
      if (reply.ok) return this.told.left(Number(parsed(await reply.text()).getElementById("examtop").dataset.leftMs));
    } catch { /* a device that wakes has its line a moment later */ }
    this.glance = setTimeout(() => this.look(), GLANCE_MS);
  }

  /** After signing in again elsewhere this page's token is stale: fetch a new one, once, and go on. */
  async #renew() {
    if (!this.mayRenew) return false;
    this.mayRenew = false;
    try {
      const reply = await readAnew();
      if (!reply.ok) return false;
      this.token = parsed(await reply.text()).querySelector("[name=csrfmiddlewaretoken]").value;
    } catch { return false; }
    for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = this.token;
    return true;
  }

  /** Wait longer after each failure, with full jitter, so that a whole city does not come back at once. */
  #later(isSignedOut = false) {
    this.tries += 1;
    const most = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.tries);
    const waitMs = Math.round(FIRST_WAIT_MS + Math.random() * (most - FIRST_WAIT_MS));
    this.timer = setTimeout(() => this.flush(), waitMs);
    this.told.down(this.tries, waitMs, isSignedOut);
    return false;
  }
}

function readAnew() { return fetch(location.pathname, { redirect: "manual", signal: AbortSignal.timeout?.(PATIENCE_MS) }); }

function parsed(text) { return new DOMParser().parseFromString(text, "text/html"); }
