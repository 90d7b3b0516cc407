import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./modules.mjs";

const runs = await load("runs");

/** The slow way to say the same: a set of single seconds. */
const seconds = (set) => set.flatMap(([from, to]) => Array.from({ length: to - from }, (_, i) => from + i));
const setOf = (numbers) => runs.normalize(numbers.map((second) => [second, second + 1]));

/** A small deterministic generator, so that a failure can be repeated. */
function chance(seed) {
  let state = seed;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
}

test("normalizes: sorts, joins what touches or overlaps, drops what is empty", () => {
  assert.deepEqual(runs.normalize([[5, 7], [0, 2], [2, 3], [6, 9], [4, 4]]), [[0, 3], [5, 9]]);
});

test("agrees with sets of single seconds on a thousand random pairs", () => {
  const random = chance(20261119);
  const some = () => Array.from({ length: 40 }, (_, i) => i).filter(() => random() < 0.4);
  for (let round = 0; round < 1_000; round += 1) {
    const [one, other] = [some(), some()];
    const [a, b] = [setOf(one), setOf(other)];
    assert.deepEqual(seconds(a), one);
    assert.deepEqual(seconds(runs.subtract(a, b)), one.filter((second) => !other.includes(second)));
    assert.deepEqual(seconds(runs.intersect(a, b)), one.filter((second) => other.includes(second)));
    assert.deepEqual(runs.union(a, b), setOf([...one, ...other]));
    assert.equal(runs.count(a), one.length);
    assert.equal(runs.end(a), one.length ? one.at(-1) + 1 : 0);
  }
});

test("never changes the sets it is given", () => {
  const given = [[0, 5], [7, 9]];
  runs.union(given, [[5, 7]]);
  runs.subtract(given, [[1, 2]]);
  runs.withSecond(given, 5);
  assert.deepEqual(given, [[0, 5], [7, 9]]);
});

test("covers a span only with every second of it", () => {
  assert.equal(runs.covers([[0, 5]], 0, 5), true);
  assert.equal(runs.covers([[0, 5]], 4, 6), false);
  assert.equal(runs.covers([], 3, 3), true);
});

test("clips to a span", () => {
  assert.deepEqual(runs.clip([[0, 5], [8, 12]], 3, 10), [[3, 5], [8, 10]]);
});
