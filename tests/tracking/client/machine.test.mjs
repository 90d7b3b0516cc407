import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./modules.mjs";

const machine = await load("machine");

/** Apply events, given as names or [name, detail]. */
function after(...events) {
  return events.reduce((facts, event) => machine.next(facts, ...[event].flat()), machine.newFacts());
}

const play = ["wish", { isToPlay: true }];
const playing = ["opened", play, "playing"];
const full = ["pending", { seconds: machine.OFFLINE_STOP_S }];

const PHASES = [
  ["a page that has just loaded", [], "connecting"],
  ["an open session before play", ["opened"], "idle"],
  ["playing", playing, "playing"],
  ["the video loading", ["opened", play, "playing", "waiting"], "waiting"],
  ["paused by the learner", [...playing, ["wish", { isToPlay: false }], ["paused", { isOurs: true }]], "idle"],
  ["paused by a media key", [...playing, ["paused", { isOurs: false }]], "idle"],
  ["the page hidden", [...playing, "hidden", ["paused", { isOurs: true }]], "hidden"],
  ["back from hidden", [...playing, "hidden", ["paused", { isOurs: true }], "shown", "playing"], "playing"],
  ["the connection lost while playing", [...playing, "lost"], "offline_playing"],
  ["trying again while offline", [...playing, "lost", "connecting"], "offline_playing"],
  ["240 seconds unacknowledged", [...playing, "lost", full, ["paused", { isOurs: true }]], "offline"],
  ["the buffer run dry offline", [...playing, "lost", "waiting"], "offline"],
  ["lost while paused", ["opened", "lost"], "offline_idle"],
  ["never connected, and play pressed", ["lost", play], "offline"],
  ["hidden while offline: offline comes first", [...playing, "lost", "hidden"], "offline_playing"],
  ["another device", [...playing, ["refused", { code: "taken" }]], "taken"],
  ["another device, page hidden too", [...playing, "hidden", ["refused", { code: "taken" }]], "taken"],
  ["signed out", [...playing, ["refused", { code: "auth" }]], "refused"],
  ["the year closed", [["refused", { code: "year_closed" }], play, "playing"], "uncounted"],
  ["the end", [...playing, "ended"], "done"],
  ["a presence check", [...playing, "asked"], "check"],
  ["a presence check answered", [...playing, "asked", "cleared"], "playing"],
  ["a presence check with the lecture's last seconds", [...playing, "asked", "ended"], "check"],
  ["a presence check with the day's last seconds", [...playing, "asked", ["capped", { isCapped: true }]], "check"],
  ["that check answered", [...playing, "asked", "ended", "cleared"], "done"],
  ["a presence check missed", [...playing, "asked", "missed", ["paused", { isOurs: true }]], "missed"],
  ["a missed check, then the connection lost", [...playing, "asked", "missed", "lost"], "offline_idle"],
  ["a session being resumed", [...playing, "connecting"], "playing"],
  ["today's cap reached", [...playing, ["capped", { isCapped: true }]], "capped"],
  ["watching on past the cap", [...playing, ["capped", { isCapped: true }], "watchOn"], "uncounted"],
  ["the next day", [...playing, ["capped", { isCapped: true }], ["capped", { isCapped: false }]], "idle"],
  ["resting, then play", ["opened", "rested", play], "connecting"],
];

for (const [name, events, expected] of PHASES) {
  test(`shows ${expected}: ${name}`, () => assert.equal(machine.phase(after(...events)), expected));
}

test("runs the video only where a second could count, or where none can", () => {
  assert.equal(machine.shouldRun(after(play)), false);
  assert.equal(machine.shouldRun(after(...playing)), true);
  assert.equal(machine.shouldRun(after(...playing, "hidden")), false);
  assert.equal(machine.shouldRun(after(...playing, "lost")), true);
  assert.equal(machine.shouldRun(after(...playing, "lost", full)), false);
  assert.equal(machine.shouldRun(after(["refused", { code: "year_closed" }], play)), true);
});

test("plays on by itself when what stopped it has passed", () => {
  const stopped = after(...playing, "lost", full, ["paused", { isOurs: true }]);
  const back = ["connecting", "opened", ["pending", { seconds: 0 }]];
  const facts = back.reduce((now, event) => machine.next(now, ...[event].flat()), stopped);
  assert.equal(machine.shouldRun(facts), true);
});

test("does not play on after another device took over, until the learner asks", () => {
  const facts = after(...playing, ["refused", { code: "taken" }], "connecting", "opened");
  assert.equal(machine.shouldRun(facts), false);
});

test("counts nothing while the year is closed", () => {
  assert.equal(machine.mayCount(after(["refused", { code: "year_closed" }], play, "playing")), false);
});

test("tells the server its state in the wire's letters", () => {
  const letters = [["opened"], playing, [...playing, "waiting"], [...playing, "hidden"]].map((events) =>
    machine.wireState(after(...events)),
  );
  assert.deepEqual(letters, ["i", "p", "w", "h"]);
});

test("plays on while a session is resumed, and counts", () => {
  const facts = after(...playing, "connecting");
  assert.deepEqual([machine.shouldRun(facts), machine.mayCount(facts)], [true, true]);
});

test("counts a hidden page only where the rule says so", () => {
  const hidden = (policy) => ["opened", play, "playing", "hidden"].reduce(
    (facts, event) => machine.next(facts, ...[event].flat()), machine.newFacts(policy),
  );
  assert.deepEqual([{}, { countsHidden: true }].map((policy) => machine.mayCount(hidden(policy))), [false, true]);
  assert.deepEqual([{}, { countsHidden: true }].map((policy) => machine.wireState(hidden(policy))), ["h", "p"]);
});

test("counts a small window only where the rule says so, also over another page", () => {
  const small = (policy, ...more) => ["opened", play, "playing", ["picture", { isOn: true }], ...more].reduce(
    (facts, event) => machine.next(facts, ...[event].flat()), machine.newFacts(policy),
  );
  assert.equal(machine.mayCount(small({})), false);
  assert.equal(machine.mayCount(small({ countsPicture: true })), true);
  assert.equal(machine.mayCount(small({ countsPicture: true }, "hidden")), true);
  assert.equal(machine.mayCount(small({ countsPicture: true }, "hidden", ["picture", { isOn: false }])), false);
});

test("plays nothing on by itself after a missed check or a full day", () => {
  const missed = after(...playing, "asked", "missed", "cleared");
  const full = after(...playing, ["capped", { isCapped: true }], ["capped", { isCapped: false }]);
  assert.deepEqual([machine.shouldRun(missed), machine.shouldRun(full)], [false, false]);
});

test("counts nothing of what is watched on past the cap", () => {
  const facts = after(...playing, ["capped", { isCapped: true }], "watchOn");
  assert.deepEqual([machine.shouldRun(facts), machine.mayCount(facts)], [true, false]);
});

test("refuses an event it does not know", () => {
  assert.throws(() => machine.next(machine.newFacts(), "exploded"), /no such event/);
});
