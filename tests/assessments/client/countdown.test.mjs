import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./modules.mjs";

const { clockText, Countdown } = await load("countdown");

/** A countdown whose seconds pass when the test says so. */
function countdown(context, leftMs, sinceMs) {
  context.mock.timers.enable({ apis: ["setInterval"] });
  let [nowMs, sleptMs] = [0, 0];
  context.mock.method(performance, "now", () => nowMs);
  context.mock.method(Date, "now", () => nowMs + sleptMs);
  const heard = [];
  const count = new Countdown(leftMs, {
    tick: () => {}, minutes: (left) => heard.push(left), over: () => heard.push("over"),
    woke: () => heard.push("woke"),
  }, sinceMs);
  const pass = (ms) => { nowMs += ms; context.mock.timers.tick(250); };
  const sleep = (ms) => { sleptMs += ms; context.mock.timers.tick(250); };
  return { count, heard, pass, sleep };
}

test("announces ten, five and one minute once each, then the end", (context) => {
  const { heard, pass } = countdown(context, 11 * 60_000);
  for (let second = 0; second < 11 * 60 + 5; second += 1) pass(1000);
  assert.deepEqual(heard, [10, 5, 1, "over"]);
});

test("announces what it slept through", (context) => {
  const { heard, pass } = countdown(context, 11 * 60_000);
  pass(10.5 * 60_000);
  assert.deepEqual(heard, ["woke", 10, 5, 1]);
});

test("believes the server's newer word", (context) => {
  const { count, pass } = countdown(context, 60_000);
  pass(10_000);
  count.correct(90_000);
  assert.equal(count.leftS, 90);
});

test("says that it slept, where the page's own clock stood still meanwhile", (context) => {
  const { count, heard, sleep } = countdown(context, 90_000);
  sleep(20_000);
  assert.deepEqual([heard, count.leftS], [["woke"], 90]);
});

test("counts from when the server said it, not from when it was heard", (context) => {
  const { count } = countdown(context, 60_000, 20_000);
  assert.equal(count.leftS, 40);
});

test("ends at once where nothing was left by then", (context) => {
  const { heard, pass } = countdown(context, 10_000, 20_000);
  pass(250);
  assert.deepEqual(heard, ["over"]);
});

test("shows minutes, and hours only when there are any", () => {
  assert.deepEqual([0, 59, 2480, 3723].map(clockText), ["00:00", "00:59", "41:20", "1:02:03"]);
});
