/**
 * How long to wait before trying again: full jitter, from 1 s up to 60 s.
 *
 * Full jitter spreads the clients of a restarted server over the whole span instead of
 * having them all return at the same instants (TRACKING §1 F11).
 */

const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;

/** Return the wait before attempt `attempt` (0 is the first retry); `random` is in [0, 1). */
export function backoffMs(attempt, random) {
  const ceilingMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return Math.floor(random * ceilingMs);
}

/** Return an interval with ± 10 % of noise, so that players who began together drift apart. */
export function jitteredMs(intervalMs, random) {
  return Math.round(intervalMs * (0.9 + 0.2 * random));
}
