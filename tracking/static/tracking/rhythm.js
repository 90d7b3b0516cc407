/**
 * The rhythm of beats: when the next one is due, and when a connection at rest is given up.
 *
 * Knows spans of time; nothing of sockets or what a beat says. Source: TRACKING §2, Constants.
 */

const KEEP_ALIVE_MS = 50_000;
const SOON_MS = 1_000;
const REST_AFTER_MS = 600_000;
/** Everything of a lecture played to its end is acknowledged: nothing is left to stay for. */
const REST_ENDED_AFTER_MS = 9_000;
const ENDED_MS = 10_000;

/** Say whether a report is of a player that plays, or would if the video came. */
export function isAtWork({ state }) {
  return state === "p" || state === "w";
}

/**
 * Return the time until the next beat: the heartbeat while playing, and at rest soon, then less
 * soon, while something is deferred. What today's cap defers is not asked for again and again.
 */
export function intervalMs(report, { heartbeatMs, claimRounds, isCapped }) {
  if (isAtWork(report)) return heartbeatMs;
  if (report.claims.length && !isCapped) return Math.min(SOON_MS * 2 ** claimRounds, heartbeatMs);
  return report.isEnded && !report.claims.length ? ENDED_MS : KEEP_ALIVE_MS;
}

/** Return why a player at rest for so long says good-bye now; null: it does not. */
export function partingReason(report, idleMs) {
  if (isAtWork(report) || report.claims.length) return null;
  if (report.isEnded) return idleMs >= REST_ENDED_AFTER_MS ? "ended" : null;
  return idleMs >= REST_AFTER_MS ? "idle" : null;
}
