import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./modules.mjs";

const pending = await load("pending");

const playedAll = (state, from, to) => {
  let now = state;
  for (let second = from; second < to; second += 1) now = pending.played(now, second);
  return now;
};

test("claims all unacknowledged seconds with every beat, so that a lost beat costs nothing", () => {
  let state = playedAll(pending.newPending(), 0, 15);
  state = pending.sent(state, 1, pending.claims(state));
  state = playedAll(state, 15, 30);
  assert.deepEqual(pending.claims(state), [[0, 30]]);
});

test("credits what a beat claimed when it is acknowledged, and only that", () => {
  let state = playedAll(pending.newPending(), 0, 15);
  state = pending.sent(state, 1, pending.claims(state));
  state = playedAll(state, 15, 17);
  state = pending.acknowledged(state, 1);
  assert.deepEqual([state.credited, state.pending], [[[0, 15]], [[15, 17]]]);
});

test("keeps deferred seconds and claims them again", () => {
  let state = playedAll(pending.newPending(), 0, 15);
  state = pending.sent(state, 1, pending.claims(state));
  state = pending.acknowledged(state, 1, [[14, 15]]);
  assert.deepEqual([state.credited, pending.claims(state)], [[[0, 14]], [[14, 15]]]);
});

test("changes nothing at a repeated or unknown acknowledgement", () => {
  let state = playedAll(pending.newPending(), 0, 5);
  state = pending.acknowledged(pending.sent(state, 1, pending.claims(state)), 1);
  assert.equal(pending.acknowledged(state, 1), state);
  assert.equal(pending.acknowledged(state, 9), state);
});

test("claims at most sixteen runs, the lowest first", () => {
  let state = pending.newPending();
  for (let second = 0; second < 80; second += 2) state = pending.played(state, second);
  assert.equal(pending.claims(state).length, 16);
  assert.deepEqual(pending.claims(state)[0], [0, 1]);
});

test("does not claim what is credited already", () => {
  const state = pending.reconciled(pending.newPending(), { have: [[0, 10]], prov: [], durationS: 60 }, false);
  assert.deepEqual(pending.played(state, 4).pending, []);
});

test("keeps pending seconds when a session is resumed", () => {
  const state = pending.reconciled(
    playedAll(pending.newPending(), 0, 10), { have: [[0, 4]], prov: [], durationS: 60 }, true,
  );
  assert.deepEqual([state.credited, state.pending], [[[0, 4]], [[4, 10]]]);
});

test("drops what a new session did not take over: it must be played again", () => {
  const state = pending.reconciled(
    playedAll(pending.newPending(), 0, 10), { have: [[0, 4]], prov: [], durationS: 60 }, false,
  );
  assert.deepEqual([state.credited, state.pending], [[[0, 4]], []]);
});

test("credits provisional seconds at a passed check, and gives them up at a void", () => {
  const state = pending.reconciled(pending.newPending(), { have: [[0, 5]], prov: [[5, 9]], durationS: 60 }, false);
  assert.deepEqual([pending.confirmed(state).credited, pending.confirmed(state).provisional], [[[0, 9]], []]);
  assert.deepEqual([pending.voided(state).credited, pending.voided(state).provisional], [[[0, 5]], []]);
});

test("shows provisional seconds apart, and as credited once the server holds them", () => {
  let state = playedAll(pending.newPending(), 0, 5);
  state = pending.acknowledged(pending.sent(state, 1, pending.claims(state)), 1, [], true);
  assert.deepEqual([state.credited, state.provisional, state.pending], [[], [[0, 5]], []]);
  state = pending.reconciled(state, { have: [[0, 5]], prov: [], durationS: 60 }, true);
  assert.deepEqual([state.credited, state.provisional], [[[0, 5]], []]);
});
