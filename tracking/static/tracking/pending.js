/**
 * The pending set: seconds played here that the server has not yet acknowledged.
 *
 * Claims are cumulative: each beat names all of them, so a lost, repeated or late message costs
 * nothing. A second leaves the set only when an `ack` says so; what the server defers (`rem`)
 * stays and is claimed again (TRACKING §2, Ack rule).
 *
 * Knows nothing of sockets or storage; `store.js` keeps its snapshot across a reload.
 */

import { clip, count, intersect, normalize, subtract, union, withSecond } from "./runs.js";

/** The most runs one beat may claim; the rest goes with the next. */
export const MAX_RUNS = 16;

/** Return the state of a player that has nothing to claim and knows nothing credited. */
export function newPending() {
  return { pending: [], credited: [], provisional: [], sent: [] };
}

/** Note a completed second; one already credited or provisional has nothing left to claim. */
export function played(state, second) {
  const held = union(state.credited, state.provisional);
  const pending = subtract(withSecond(state.pending, second), held);
  return { ...state, pending };
}

/** Return the claims of the next beat: all pending seconds, lowest first, in at most 16 runs. */
export function claims(state) {
  return state.pending.slice(0, MAX_RUNS);
}

/** Remember what beat `q` claimed, until it is acknowledged. */
export function sent(state, q, runs) {
  return { ...state, sent: [...state.sent.filter((beat) => beat.q !== q), { q, runs }] };
}

/**
 * Apply `ack q`: everything beat `q` claimed is credited, except what the server deferred.
 *
 * An acknowledgement of an unknown beat changes nothing. Seconds that an active check holds back
 * (`isProvisional`) are acknowledged too, but shown apart until they are confirmed.
 */
export function acknowledged(state, q, deferred = [], isProvisional = false) {
  const beat = state.sent.find((one) => one.q === q);
  if (!beat) return state;
  const granted = subtract(beat.runs, normalize(deferred));
  const kept = {
    ...state,
    pending: subtract(state.pending, granted),
    sent: state.sent.filter((one) => one.q > q),
  };
  if (isProvisional) return { ...kept, provisional: subtract(union(state.provisional, granted), state.credited) };
  return { ...kept, credited: union(state.credited, granted) };
}

/**
 * Take the server's own account, as `ok` gives it: what it holds is no longer pending.
 *
 * `isSameSession` tells a resumed session, in which the pending seconds can still be afforded,
 * from a new one: there the server has just judged the old session's claims, and what it did
 * not take cannot be earned by asking again. It shows as played but not credited.
 */
export function reconciled(state, { have, prov, durationS }, isSameSession) {
  const credited = clip(normalize(have), 0, durationS);
  const provisional = subtract(clip(normalize(prov), 0, durationS), credited);
  const held = union(credited, provisional);
  return { credited, provisional, pending: isSameSession ? subtract(state.pending, held) : [], sent: [] };
}

/** A presence check was passed: the provisional seconds are credited. */
export function confirmed(state) {
  return { ...state, credited: union(state.credited, state.provisional), provisional: [] };
}

/** A presence check was missed under REWIND: the provisional seconds are to be earned again. */
export function voided(state) {
  return { ...state, provisional: [] };
}

/** Put back what an earlier page kept: to be shown, and offered as `prev` by the next `open`. */
export function restored(state, runs) {
  return { ...state, pending: subtract(normalize(runs), union(state.credited, state.provisional)) };
}

/** Return how many seconds await an answer; playing stops when they grow too many. */
export function pendingSeconds(state) {
  return count(state.pending);
}

/** Return the seconds a pending set shares with what is already credited: always none. */
export function overlap(state) {
  return intersect(state.pending, state.credited);
}
