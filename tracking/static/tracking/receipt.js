/**
 * The receipt's arithmetic: position − not credited − awaiting = credited.
 *
 * Knows sets of seconds; nothing of words or pages. The bar and the card both draw what this
 * returns, so they cannot disagree. It adds up nothing the server did not say (UX §1.2).
 */

import { clip, count, end, normalize, subtract, union } from "./runs.js";

/**
 * Return the receipt. `reachedS` is the furthest whole second the playhead ever reached.
 *
 * `lost` are the parts that were played past and are neither credited nor on their way: the
 * learner can play them again. Always: `positionS − lostS − awaitingS = creditedS`.
 */
export function receipt({ credited, awaiting, reachedS, durationS }) {
  const bright = clip(normalize(credited), 0, durationS);
  const hatched = subtract(clip(normalize(awaiting), 0, durationS), bright);
  const known = union(bright, hatched);
  const positionS = Math.min(Math.max(end(known), reachedS), durationS);
  const lost = subtract(positionS > 0 ? [[0, positionS]] : [], known);
  return {
    credited: bright,
    awaiting: hatched,
    lost,
    positionS,
    lostS: count(lost),
    awaitingS: count(hatched),
    creditedS: count(bright),
    durationS,
  };
}

/** Return hundredths of a credit hour, rounded down, as the server's rule does. */
export function centihours(seconds, hourSeconds) {
  return Math.floor((seconds * 100) / hourSeconds);
}

/** Show hundredths of an hour as 52.5, or 0.93 where tenths would hide something. */
export function hoursText(value) {
  const whole = Math.floor(value / 100);
  const rest = value % 100;
  return rest % 10 === 0 ? `${whole}.${rest / 10}` : `${whole}.${String(rest).padStart(2, "0")}`;
}

/** Show seconds as a position: 18:42, or 1:02:03 from an hour on. */
export function clockText(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  const hour = Math.floor(minutes / 60);
  const tail = two(Math.floor(seconds) % 60);
  return hour ? `${hour}:${two(minutes % 60)}:${tail}` : `${two(minutes)}:${tail}`;
}
