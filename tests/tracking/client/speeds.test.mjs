import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./modules.mjs";

const { allowedPercent, isTooFar, landing, nextMissed } = await load("speeds");

const asked = { wishPercent: 200, firstPercent: 100, reviewPercent: 200, seen: [[0, 20]], durationMs: 60_000 };

test("allows the review speed inside seen parts", () => {
  assert.equal(allowedPercent({ ...asked, positionMs: 5_000 }), 200);
});

test("brakes before the first unseen second begins", () => {
  assert.equal(allowedPercent({ ...asked, positionMs: 18_600 }), 100);
  assert.equal(allowedPercent({ ...asked, positionMs: 20_000 }), 100);
});

test("never exceeds the rule, and lets anyone go slower", () => {
  assert.equal(allowedPercent({ ...asked, wishPercent: 300, positionMs: 0 }), 200);
  assert.equal(allowedPercent({ ...asked, wishPercent: 75, positionMs: 40_000 }), 75);
});

test("needs no braking at the very end", () => {
  assert.equal(allowedPercent({ ...asked, seen: [[0, 60]], positionMs: 59_500 }), 200);
});

test("lands a seek on a whole second, no further than was played", () => {
  assert.deepEqual([landing(12_700, 42_300), landing(50_000, 42_300), landing(-5_000, 42_300)], [12_000, 42_000, 0]);
  assert.equal(isTooFar(42_900, 42_300), true);
  assert.equal(isTooFar(42_500, 42_300), false);
});

test("makes up missed seconds in order, then goes back to the place reached", () => {
  const lost = [[5, 8], [12, 13]];
  assert.equal(nextMissed(lost, 6_000, 30_400), null);
  assert.equal(nextMissed(lost, 8_010, 30_400), 12_000);
  assert.equal(nextMissed([[5, 8]], 20_000, 30_400), 5_000);
  assert.equal(nextMissed([], 13_010, 30_400), 30_000);
});
