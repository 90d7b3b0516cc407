import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { load } from "./modules.mjs";

const { status } = await load("status");
const { newFacts, next } = await load("machine");
const { fill } = await load("words");

const template = readFileSync(new URL("../../../templates/tracking/lecture/words.html", import.meta.url), "utf8");
const known = new Set([...template.matchAll(/data-word="([^"]+)"/g)].map(([, key]) => key));

/** Say a key and its facts; refuse a key for which the page has no sentence. */
function say(key, facts = {}) {
  assert.ok(known.has(key), `the page has no words for ${key}`);
  return `${key} ${JSON.stringify(facts)}`;
}

const view = (facts, extra = {}) => ({
  say, facts, saved: "18:01", awaitingS: 6, pendingS: 6, isComplete: false, isReplaying: false, hasPlayed: true,
  hasStayed: false, other: null, attempt: 2, retryS: 5, latencyMs: 48, lastAckMs: 1_000, lastTime: "14:06:31", answerS: 60,
  checkKind: "tap", missedTime: "14:30", here: "computer",
  nowMs: 3_000, ...extra,
});

const facts = (...events) => events.reduce((now, event) => next(now, ...[event].flat()), newFacts());
const playing = ["opened", ["wish", { isToPlay: true }], "playing"];

test("says who confirmed and how long ago while it counts", () => {
  const shown = status(view(facts(...playing)));
  assert.deepEqual([shown.phase, shown.sub, shown.veil], ["playing", "playing", null]);
  assert.equal(shown.small, 'small.confirmed {"n":2}');
});

test("repeats the saved amount wherever it interrupts", () => {
  const interruptions = [
    facts(...playing, "lost", ["pending", { seconds: 240 }]),
    facts(...playing, "hidden"),
    facts(...playing, "asked"),
    facts(...playing, "asked", "missed"),
    facts(...playing, ["capped", { isCapped: true }]),
    facts(...playing, ["refused", { code: "taken" }]),
    facts(...playing, ["refused", { code: "auth" }]),
    facts(...playing, ["refused", { code: "gone" }]),
    facts(...playing, ["refused", { code: "version" }]),
  ];
  for (const one of interruptions) {
    const { veil, fills } = status(view(one));
    assert.ok(veil, "an interruption shows a card");
    assert.match(Object.values(fills).join(), /18:01/);
  }
});

test("names the other device, what it plays and since when", () => {
  const other = { label: "Android", since_ms: 61_000, number: 2 };
  const { fills, device } = status(view(facts(...playing, ["refused", { code: "taken" }]), { other }));
  assert.match(fills.taken, /veil.taken .*ago.minutes .*"n\\*":1.*Android.*"number":2/);
  assert.match(device, /Android/);
});

test("asks for a press or an answer, and takes away the hurry after a miss", () => {
  const asked = (extra) => status(view(facts(...playing, "asked"), extra)).fills.check.split(" ")[0];
  assert.deepEqual(
    [asked({}), asked({ checkKind: "pick" }), asked({ answerS: 0 })], ["veil.tap", "veil.pick", "veil.late"],
  );
});

test("says when counting paused after a miss", () => {
  assert.match(status(view(facts(...playing, "asked", "missed"))).fills.missed, /"time":"14:30"/);
});

test("names both devices on the buttons of a take-over", () => {
  const words = (label, here) => {
    const { fills } = status(view(facts(...playing, ["refused", { code: "taken" }]), { other: { label, number: 1 }, here }));
    return [fills.take, fills.stay].map((one) => one.split(" ")[0]);
  };
  assert.deepEqual(words("Android · WeChat", "computer"), ["take.computer", "stay.phone"]);
  assert.deepEqual(words("Windows · Edge", "phone"), ["take.phone", "stay.computer"]);
  assert.deepEqual(words("", "device"), ["take.device", "stay.device"]);
});

test("leaves the picture free once the learner stays on the other device", () => {
  assert.equal(status(view(facts(["refused", { code: "taken" }]), { hasStayed: true })).veil, null);
});

test("waits visibly only when the learner waits", () => {
  assert.equal(status(view(newFacts())).veil, null);
  assert.equal(status(view(facts(["wish", { isToPlay: true }]))).veil, "connecting");
});

test("has a lamp's word for every phase", () => {
  const phases = [
    newFacts(), facts("opened"), facts(...playing), facts(...playing, "waiting"), facts(...playing, "hidden"),
    facts(...playing, "lost"), facts("opened", "lost"), facts(...playing, "ended"),
    facts(["refused", { code: "year_closed" }]), facts(["refused", { code: "edition_suspended" }]),
    facts("opened", "rested"), facts(...playing, "asked"), facts(...playing, "asked", "missed"),
    facts(...playing, ["capped", { isCapped: true }]), facts(...playing, ["capped", { isCapped: true }], "watchOn"),
  ];
  for (const one of phases) {
    for (const extra of [{}, { isComplete: true }, { isReplaying: true }, { hasPlayed: false }, { lastAckMs: null, latencyMs: null }]) {
      say(`lamp.${status(view(one, extra)).sub}`);
    }
  }
});

test("asks only who was signed out to sign in again", () => {
  const lamp = (code) => status(view(facts(...playing, ["refused", { code }]))).sub;
  assert.deepEqual(["auth", "gone", "version"].map(lamp), ["refused", "gone", "version"]);
  for (const code of ["auth", "gone", "version"]) say(`lamp.${lamp(code)}`);
});

test("fills a sentence's names and leaves strangers alone", () => {
  assert.equal(fill("{n} s of {whole}, {x}", { n: 3, whole: "00:20" }), "3 s of 00:20, {x}");
});
