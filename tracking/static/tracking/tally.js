/**
 * The tally: counter, pending set and place reached, as one account of this lecture.
 *
 * Knows seconds only; nothing of the video, the socket or the page. What it calls credited is
 * what the server has said, never what was counted here.
 */

import * as counter from "./counter.js";
import * as pending from "./pending.js";
import { receipt } from "./receipt.js";
import { count, end, subtract, union } from "./runs.js";

/** One lecture's account. */
export class Tally {
  #counter;
  #state;
  #receipt = null;

  constructor({ durationMs, have, prov }) {
    this.durationS = Math.floor(durationMs / 1_000);
    this.#counter = counter.newCounter(durationMs);
    this.#state = pending.reconciled(pending.newPending(), { have, prov, durationS: this.durationS }, false);
    this.reachedMs = end(this.seen) * 1_000;
  }

  /** The seconds that need no second look: credited, held back by a check, or on their way. */
  get seen() {
    return union(union(this.#state.credited, this.#state.provisional), this.#state.pending);
  }

  /** What the server has credited. */
  get credited() {
    return this.#state.credited;
  }

  /** What the next beat claims. */
  get claims() {
    return pending.claims(this.#state);
  }

  /** All that awaits an acknowledgement. */
  get pending() {
    return this.#state.pending;
  }

  get pendingS() {
    return pending.pendingSeconds(this.#state);
  }

  get creditedS() {
    return count(this.#state.credited);
  }

  get playedMs() {
    return counter.playedMs(this.#counter);
  }

  /** Take a sample of the video; return how many seconds it completed. */
  sample(sample) {
    const completed = counter.step(this.#counter, sample);
    for (const second of completed) this.#state = pending.played(this.#state, second);
    if (completed.length) this.#receipt = null;
    return completed.length;
  }

  /** Note how far the playhead came by playing; a seek does not move the frontier. */
  reach(positionMs) {
    const isNewSecond = Math.floor(positionMs / 1_000) > Math.floor(this.reachedMs / 1_000);
    this.reachedMs = Math.max(this.reachedMs, Math.min(positionMs, this.durationS * 1_000));
    if (isNewSecond) this.#receipt = null;
  }

  /** Show what an earlier page kept, until the server has judged it. */
  restore(runs) {
    this.#change(pending.restored(this.#state, runs));
    this.reachedMs = Math.max(this.reachedMs, end(this.seen) * 1_000);
  }

  /** Take the server's account at the opening of a session; return the seconds it no longer takes. */
  opened({ have, prov }, isResumed) {
    const before = this.#state.pending;
    if (!isResumed) counter.restartPlayed(this.#counter);
    this.#change(pending.reconciled(this.#state, { have, prov, durationS: this.durationS }, isResumed));
    this.reachedMs = Math.max(this.reachedMs, end(this.seen) * 1_000);
    const dropped = subtract(before, this.seen);
    counter.forget(this.#counter, dropped);
    return dropped;
  }

  /** A check was passed: what it held back is credited. */
  confirmed() {
    this.#change(pending.confirmed(this.#state));
  }

  /** A check was missed under a rule that goes back: what was held back is gone. */
  voided() {
    counter.forget(this.#counter, this.#state.provisional);
    this.#change(pending.voided(this.#state));
  }

  sent(q, claims) {
    this.#state = pending.sent(this.#state, q, claims);
  }

  acknowledged(q, deferred, isProvisional) {
    this.#change(pending.acknowledged(this.#state, q, deferred, isProvisional));
  }

  /** Return the receipt of this moment; the same object until something changes. */
  receipt() {
    this.#receipt ??= receipt({
      credited: this.#state.credited,
      awaiting: union(this.#state.pending, this.#state.provisional),
      reachedS: Math.floor(this.reachedMs / 1_000),
      durationS: this.durationS,
    });
    return this.#receipt;
  }

  #change(state) {
    this.#state = state;
    this.#receipt = null;
  }
}
