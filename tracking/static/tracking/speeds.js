/**
 * Where the playhead may go, and how fast it may run.
 *
 * Knows sets of seconds and the rule's two speeds; nothing of the video element. These are
 * courtesies that keep an honest learner's seconds countable: the server does not rely on them.
 */

import { covers, has } from "./runs.js";

/** How far ahead to look, in wall time, so that the brake is on before an unseen second begins. */
const BRAKE_MS = 800;

/** Return the speed allowed here: seen parts up to the review speed, all others at the first. */
export function allowedPercent({ wishPercent, firstPercent, reviewPercent, seen, positionMs, durationMs }) {
  if (wishPercent <= firstPercent) return wishPercent;
  const fastest = Math.min(wishPercent, reviewPercent);
  const aheadMs = positionMs + (BRAKE_MS * fastest) / 100;
  const toS = Math.min(Math.ceil(aheadMs / 1_000), Math.floor(durationMs / 1_000));
  return covers(seen, Math.floor(positionMs / 1_000), toS) ? fastest : firstPercent;
}

/** Return where a seek lands: a whole second, no further than the learner has played. */
export function landing(targetMs, reachedMs) {
  return Math.floor(Math.max(0, Math.min(targetMs, reachedMs)) / 1_000) * 1_000;
}

/** Say whether the video was moved past what has been played, by whatever means. */
export function isTooFar(positionMs, reachedMs) {
  return positionMs > reachedMs + 500;
}

/**
 * While missed parts are being made up: return where to jump when the playhead has left one.
 *
 * The next missed second after the playhead, else the first; when none is left, the place
 * reached before. Null while there is still something to play here.
 */
export function nextMissed(lost, positionMs, reachedMs) {
  const second = Math.floor(positionMs / 1_000);
  if (has(lost, second)) return null;
  const ahead = lost.find(([from]) => from > second) ?? lost[0];
  return ahead ? ahead[0] * 1_000 : landing(reachedMs, reachedMs);
}
