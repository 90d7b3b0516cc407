import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./modules.mjs";

const { Tally } = await load("tally");

const tallyOf = (have = []) => new Tally({ durationMs: 20_000, have, prov: [] });

/** Play from a position to another in ticks of 250 ms, and reach where it went. */
function play(tally, fromMs, toMs) {
  for (let positionMs = fromMs; positionMs <= toMs; positionMs += 250) {
    tally.sample({ positionMs, nowMs: positionMs, ratePercent: 100, isCounting: true, hasJumped: positionMs === fromMs });
    tally.reach(positionMs);
  }
}

test("shows nothing as credited before the server said so", () => {
  const tally = tallyOf();
  play(tally, 0, 10_000);
  const { creditedS, awaitingS, positionS, lostS } = tally.receipt();
  assert.deepEqual([creditedS, awaitingS, positionS, lostS], [0, 10, 10, 0]);
});

test("turns awaiting into credited at the acknowledgement", () => {
  const tally = tallyOf();
  play(tally, 0, 10_000);
  tally.sent(1, tally.claims);
  tally.acknowledged(1, [], false);
  assert.deepEqual([tally.receipt().creditedS, tally.receipt().awaitingS], [10, 0]);
});

test("shows as lost, to be replayed, what a new session no longer takes", () => {
  const tally = tallyOf();
  play(tally, 0, 10_000);
  const dropped = tally.opened({ have: [[0, 6]], prov: [] }, false);
  assert.deepEqual(dropped, [[6, 10]]);
  assert.deepEqual([tally.receipt().creditedS, tally.receipt().lost], [6, [[6, 10]]]);
  assert.equal(tally.playedMs, 0);
});

test("counts again, when they are played again, seconds that no session took", () => {
  const tally = tallyOf();
  play(tally, 0, 10_000);
  tally.opened({ have: [[0, 6]], prov: [] }, false);
  play(tally, 6_000, 10_000);
  assert.deepEqual(tally.claims, [[6, 10]]);
});

test("counts again what a missed check took back", () => {
  const tally = tallyOf();
  play(tally, 0, 5_000);
  tally.sent(1, tally.claims);
  tally.acknowledged(1, [], true);
  tally.voided();
  play(tally, 0, 5_000);
  assert.deepEqual(tally.claims, [[0, 5]]);
});

test("starts at the place reached on another device", () => {
  const tally = tallyOf([[0, 12]]);
  assert.equal(tally.reachedMs, 12_000);
});

test("shows what an earlier page kept as awaiting until it is judged", () => {
  const tally = tallyOf([[0, 5]]);
  tally.restore([[5, 9]]);
  assert.deepEqual([tally.receipt().awaitingS, tally.receipt().positionS], [4, 9]);
});
