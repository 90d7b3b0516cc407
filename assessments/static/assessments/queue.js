/* queue.js — answers that the server has not acknowledged yet.
   Knows a storage and plain values; nothing of the page, the line or the clock. The tab's own
   storage keeps them through a reload while the line is down. */

export class AnswerQueue {
  /** `storage`: sessionStorage or anything like it; `name`: of this one attempt. */
  constructor(storage, name) {
    this.storage = storage;
    this.name = name;
    this.waiting = new Map(this.#read());
  }

  get size() { return this.waiting.size; }
  get positions() { return [...this.waiting.keys()].sort((a, b) => a - b); }
  has(position) { return this.waiting.has(position); }
  get(position) { return this.waiting.get(position); }

  /** Keep the answer until it is acknowledged; a later one to the same question takes its place. */
  put(answer) {
    this.waiting.delete(answer.position);
    this.waiting.set(answer.position, answer);
    this.#write();
  }

  /** The longest-waiting answer, or undefined. */
  first() { return this.waiting.values().next().value; }

  /** Drop what the server has. An answer changed since it was sent goes on waiting. */
  acknowledge(position, revision) {
    const answer = this.waiting.get(position);
    if (answer && answer.revision <= revision) this.waiting.delete(position);
    this.#write();
  }

  drop(position) { this.waiting.delete(position); this.#write(); }
  clear() { this.waiting.clear(); this.#write(); }

  #read() {
    try { return JSON.parse(this.storage.getItem(this.name) ?? "[]"); } catch { return []; }
  }

  #write() {
    try {
      if (this.waiting.size) this.storage.setItem(this.name, JSON.stringify([...this.waiting]));
      else this.storage.removeItem(this.name);
    } catch { /* storage full or forbidden: the answers still wait in memory */ }
  }
}
