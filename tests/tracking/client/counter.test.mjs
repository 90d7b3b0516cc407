import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./modules.mjs";

const { breakStretch, forget, newCounter, playedMs, restartPlayed, step } = await load("counter");

const at = (positionMs, nowMs, extra = {}) => ({ positionMs, nowMs, ratePercent: 100, isCounting: true, ...extra });

/** Play a stretch in ticks; return the seconds completed. */
function play(counter, { fromMs, toMs, tickMs = 250, startMs = fromMs, ratePercent = 100, isCounting = true }) {
  const completed = step(counter, at(fromMs, startMs, { ratePercent, isCounting }));
  for (let position = fromMs + (tickMs * ratePercent) / 100, now = startMs + tickMs; ; now += tickMs) {
    const positionMs = Math.min(position, toMs);
    completed.push(...step(counter, at(positionMs, now, { ratePercent, isCounting })));
    if (positionMs === toMs) return completed;
    position += (tickMs * ratePercent) / 100;
  }
}

test("completes every second of a lecture played whole, the first and the last included", () => {
  const counter = newCounter(24_040);
  const completed = play(counter, { fromMs: 0, toMs: 24_040 });
  assert.deepEqual(completed, Array.from({ length: 24 }, (_, second) => second));
  assert.equal(playedMs(counter), 24_040);
});

test("closes the last second with the sample taken when the video has already stopped", () => {
  const counter = newCounter(2_000);
  play(counter, { fromMs: 0, toMs: 1_750 });
  assert.deepEqual(step(counter, at(2_000, 2_000, { isCounting: false })), [1]);
});

test("loses nothing at irregular ticks and across a pause in the middle of a second", () => {
  const counter = newCounter(10_000);
  const first = play(counter, { fromMs: 0, toMs: 4_410, tickMs: 170 });
  step(counter, at(4_410, 4_500, { isCounting: false }));
  const second = play(counter, { fromMs: 4_410, toMs: 10_000, tickMs: 310, startMs: 60_000 });
  assert.deepEqual([...first, ...second], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("counts a stretch through a blocked page: a late tick is not an absence", () => {
  const counter = newCounter(10_000);
  step(counter, at(0, 0));
  assert.deepEqual(step(counter, at(3_000, 3_100)), [0, 1, 2]);
});

test("counts nothing of a leap that the clock has no room for", () => {
  const counter = newCounter(60_000);
  step(counter, at(0, 0));
  assert.deepEqual(step(counter, at(30_000, 250)), []);
  assert.equal(playedMs(counter), 0);
});

test("counts nothing across a seek, even a short one", () => {
  const counter = newCounter(60_000);
  step(counter, at(1_000, 1_000));
  assert.deepEqual(step(counter, at(2_000, 2_000, { hasJumped: true })), []);
});

test("counts nothing while the player says it does not count: hidden, paused, too fast", () => {
  const counter = newCounter(60_000);
  assert.deepEqual(play(counter, { fromMs: 0, toMs: 20_000, isCounting: false }), []);
});

test("does not credit a second of which a tenth and more is missing", () => {
  const counter = newCounter(10_000);
  assert.deepEqual(play(counter, { fromMs: 150, toMs: 2_000 }), [1]);
  assert.deepEqual(play(counter, { fromMs: 0, toMs: 150, startMs: 9_000 }), [0]);
});

test("names a second once, however often it is played", () => {
  const counter = newCounter(10_000);
  assert.deepEqual(play(counter, { fromMs: 0, toMs: 2_000 }), [0, 1]);
  assert.deepEqual(play(counter, { fromMs: 0, toMs: 2_000, startMs: 5_000 }), []);
});

test("names a second again that had to be forgotten", () => {
  const counter = newCounter(10_000);
  play(counter, { fromMs: 0, toMs: 4_000 });
  forget(counter, [[1, 3]]);
  assert.deepEqual(play(counter, { fromMs: 0, toMs: 4_000, startMs: 9_000 }), [1, 2]);
});

test("takes double speed as half the played time", () => {
  const counter = newCounter(10_000);
  play(counter, { fromMs: 0, toMs: 4_000, ratePercent: 200 });
  assert.equal(playedMs(counter), 2_000);
});

test("completes no second beyond the whole seconds of the media", () => {
  const counter = newCounter(2_950);
  assert.deepEqual(play(counter, { fromMs: 0, toMs: 2_950 }), [0, 1]);
});

test("begins played time again with a session, and keeps the cells", () => {
  const counter = newCounter(10_000);
  play(counter, { fromMs: 0, toMs: 500 });
  restartPlayed(counter);
  breakStretch(counter);
  assert.deepEqual(play(counter, { fromMs: 500, toMs: 1_000, startMs: 9_000 }), [0]);
  assert.equal(playedMs(counter), 500);
});
