/**
 * Sets of whole seconds, as sorted, disjoint, half-open runs `[from, to)`.
 *
 * Knows arithmetic only: every function returns a new set and changes none.
 * Nothing here knows what a second means, where it came from, or whether it counts.
 *
 * @typedef {[number, number]} Run
 */

/** Return any runs as a set: sorted, disjoint, touching ones joined, empty ones gone. */
export function normalize(runs) {
  const sorted = runs.filter(([from, to]) => from < to).sort((one, other) => one[0] - other[0]);
  const joined = [];
  for (const [from, to] of sorted) {
    const last = joined.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  return joined;
}

/** Return the seconds that are in either set. */
export function union(one, other) {
  return normalize([...one, ...other]);
}

/** Return the set with one more second. */
export function withSecond(runs, second) {
  return has(runs, second) ? runs : union(runs, [[second, second + 1]]);
}

/** Return the seconds of `runs` that are not in `taken`. */
export function subtract(runs, taken) {
  let left = runs.map(([from, to]) => [from, to]);
  for (const [cutFrom, cutTo] of taken) {
    left = left.flatMap(([from, to]) =>
      cutTo <= from || to <= cutFrom
        ? [[from, to]]
        : [[from, Math.min(to, cutFrom)], [Math.max(from, cutTo), to]].filter(([start, end]) => start < end),
    );
  }
  return left;
}

/** Return the seconds that are in both sets. */
export function intersect(one, other) {
  return subtract(one, subtract(one, other));
}

/** Say whether a second is in the set. */
export function has(runs, second) {
  return runs.some(([from, to]) => from <= second && second < to);
}

/** Say whether every second of `[from, to)` is in the set; of an empty span, yes. */
export function covers(runs, from, to) {
  return subtract([[from, to]].filter(([start, end]) => start < end), runs).length === 0;
}

/** Return how many seconds the set holds. */
export function count(runs) {
  return runs.reduce((sum, [from, to]) => sum + to - from, 0);
}

/** Return the end of the last run, or 0 of an empty set. */
export function end(runs) {
  return runs.length ? runs.at(-1)[1] : 0;
}

/** Return the part of the set inside `[from, to)`. */
export function clip(runs, from, to) {
  return normalize(runs.map(([start, stop]) => [Math.max(start, from), Math.min(stop, to)]));
}

/** Say whether two sets hold the same seconds. */
export function same(one, other) {
  return one.length === other.length && one.every(([from, to], i) => from === other[i][0] && to === other[i][1]);
}
