import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./modules.mjs";

Object.assign(globalThis, { document: { hasFocus: () => true, pictureInPictureElement: null } });
globalThis.navigator ??= { webdriver: false };
const { reportOf } = await load("report");
const { newFacts, next } = await load("machine");

/** What a beat says after these events of a lecture played to its end. */
function reported(...events) {
  const facts = ["opened", "playing", "ended", ...events].reduce((now, event) => next(now, event), newFacts());
  return reportOf({
    facts,
    tally: { claims: [], playedMs: 60_000 },
    video: { currentTime: 60.4, muted: false, volume: 1 },
    captions: { isOn: true },
    playhead: { hadNoFrames: false },
    offlineSeconds: 0,
  });
}

test("tells that a lecture was played to its end", () => {
  const { isEnded, positionS, state, flags } = reported();
  assert.deepEqual([isEnded, positionS, state, flags], [true, 60, "i", 8]);
});

test("does not end while somebody is asked whether they are there, or missed it", () => {
  const ends = [["asked"], ["asked", "missed"], ["asked", "cleared"]].map((events) => reported(...events).isEnded);
  assert.deepEqual(ends, [false, false, true]);
});
