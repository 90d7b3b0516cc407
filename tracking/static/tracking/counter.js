/**
 * The second counter: which whole seconds of the lecture have really been played.
 *
 * Knows media positions and a monotonic clock, both handed in; it reads neither the video nor a
 * clock. It can only withhold: what the server grants is the server's to say (TRACKING §2).
 *
 * Each sample adds the media's advance since the last one to the cells it crossed. An advance
 * counts only if the player was counting (playing, visible, allowed speed) when the stretch
 * began, if no seek came between, and if the clock left room for it. A cell that has gathered
 * 900 ms is complete: the tenth missing absorbs the jitter of decoders and timers.
 */

export const CELL_FULL_MS = 900;
const CELL_MS = 1_000;
/** Room for a media clock that runs ahead of ours between two samples. */
const SLACK_MS = 300;

/** Return a counter that has seen nothing; `durationMs` bounds what can be completed. */
export function newCounter(durationMs) {
  return { durationMs, last: null, cells: new Map(), playedMs: 0 };
}

/**
 * Take one sample and return the seconds it completed, lowest first.
 *
 * The counter is changed in place: it is stepped four times a second and holds one map.
 * `sample.isCounting` says whether what follows may count; the stretch just ended is judged by
 * the sample before, so that a pause or the end of the lecture still closes its last second.
 *
 * @param {{positionMs: number, nowMs: number, ratePercent: number, isCounting: boolean, hasJumped?: boolean}} sample
 * @returns {number[]}
 */
export function step(counter, sample) {
  const before = counter.last;
  counter.last = sample;
  if (!before || !before.isCounting || sample.hasJumped) return [];
  const advanceMs = sample.positionMs - before.positionMs;
  const elapsedMs = sample.nowMs - before.nowMs;
  const ratePercent = Math.max(before.ratePercent, sample.ratePercent);
  if (advanceMs <= 0 || advanceMs > (elapsedMs * ratePercent) / 100 + SLACK_MS) return [];
  counter.playedMs += (advanceMs * 100) / ratePercent;
  return fill(counter, before.positionMs, sample.positionMs);
}

/** Forget where the playhead was: the next sample starts a stretch and counts nothing itself. */
export function breakStretch(counter) {
  counter.last = null;
}

/** Seconds that nobody takes any more are to be played again: let them complete a second time. */
export function forget(counter, runs) {
  for (const [from, to] of runs) for (let second = from; second < to; second += 1) counter.cells.delete(second);
}

/** Return the milliseconds played since `newCounter`, or since the last `restartPlayed`. */
export function playedMs(counter) {
  return Math.floor(counter.playedMs);
}

/** Begin the account of played time again, as a new session does. */
export function restartPlayed(counter) {
  counter.playedMs = 0;
}

/** Spread a stretch over the cells it crossed; return those it completed. */
function fill(counter, fromMs, toMs) {
  const completed = [];
  const seconds = Math.floor(counter.durationMs / CELL_MS);
  for (let second = Math.floor(fromMs / CELL_MS); second < seconds && second * CELL_MS < toMs; second += 1) {
    const gainMs = Math.min(toMs, (second + 1) * CELL_MS) - Math.max(fromMs, second * CELL_MS);
    const beforeMs = counter.cells.get(second) ?? 0;
    counter.cells.set(second, beforeMs + gainMs);
    if (beforeMs < CELL_FULL_MS && beforeMs + gainMs >= CELL_FULL_MS) completed.push(second);
  }
  return completed;
}
