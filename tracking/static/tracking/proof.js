/**
 * The signed receipt: the server's word, with its signature, kept by the learner.
 *
 * Knows how a receipt is kept, shown and handed out as a file; nothing of how it is signed. It is
 * passed on exactly as the server said it, since one changed letter would break the signature.
 */

import { clockText } from "./receipt.js";
import * as store from "./store.js";

export class Proof {
  #receipt = null;
  #address = null;

  constructor({ line, words, link, lesson, say, language }) {
    Object.assign(this, { line, words, link, lesson, say, language });
    link.addEventListener("click", () => this.#wrap());
  }

  /** Show the newest one an earlier page kept. */
  async restore() {
    const kept = await store.loadReceipt(this.lesson);
    if (kept && !this.#receipt) this.#show(kept);
  }

  /** Take a receipt from the server. */
  take({ sid, n, head, at, sig }) {
    const receipt = { sid, n, head, at, sig };
    this.#show(receipt);
    store.saveReceipt(this.lesson, receipt);
  }

  #show(receipt) {
    this.#receipt = receipt;
    const time = new Date(receipt.at).toLocaleString(this.language, { dateStyle: "medium", timeStyle: "short", hour12: false });
    this.words.textContent = this.say("proof", { saved: clockText(receipt.n), time });
    this.line.hidden = false;
  }

  /** Make the file when it is asked for, from the newest receipt. */
  #wrap() {
    if (this.#address) URL.revokeObjectURL(this.#address);
    const text = `${JSON.stringify({ protocol: "trk.v1", ...this.#receipt }, null, 2)}\n`;
    this.#address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    this.link.href = this.#address;
    this.link.download = `hourbook-receipt-${this.#receipt.sid.slice(0, 8)}.json`;
  }
}
