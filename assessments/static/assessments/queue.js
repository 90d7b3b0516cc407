/* queue.js — answers that the server has not acknowledged yet.
   Knows a storage and plain values; nothing of the page, the line or the clock. The tab's own
   storage keeps them through a reload while the line is down. */

/** How long a page that is being left may still hear acknowledgements its successor cannot know of. */
const PARTING_MS = 5000;

export class AnswerQueue {
  /** `storage`: sessionStorage or anything like it; `name`: of this one attempt. */
  constructor(storage, name) {
    this.storage = storage;
    this.name = name;
    this.isParting = false;
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
    if (!this.isParting) this.#write();
  }

  /** The page is being left. What the storage holds stays there for the next page, which may have been
      drawn before the server had the answer: it sends it once more, and the server knows it already. */
  part() {
    this.isParting = true;
    setTimeout(() => { this.isParting = false; this.#write(); }, PARTING_MS);
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
