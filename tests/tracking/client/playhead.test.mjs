import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./modules.mjs";

globalThis.document = { hidden: false };
const { Playhead } = await load("playhead");
const { Tally } = await load("tally");

/** A video that runs and rests as it is told, and a learner who may be looking or not. */
class Room {
  constructor() {
    const video = { currentTime: 0, playbackRate: 1, paused: true, ended: false, seeking: false, error: null, readyState: 4, loads: 0 };
    video.play = async () => void (video.paused = false);
    video.pause = () => (video.paused = true);
    video.load = () => void ((video.error = null), (video.loads += 1));
    this.tally = new Tally({ durationMs: 20_000, have: [], prov: [] });
    Object.assign(this, { video, isSeen: true, nowMs: 0 });
    const rules = { firstPercent: 100, reviewPercent: 200, durationMs: 20_000 };
    this.playhead = new Playhead({ video, tally: this.tally, rules, mayCount: () => this.isSeen, tell: () => {} });
    performance.now = () => this.nowMs;
  }

  /** Let the video run to a position. */
  runTo(seconds) {
    for (; this.video.currentTime < seconds - 0.001; this.nowMs += 250) {
      this.playhead.sample();
      this.video.currentTime = Math.min(this.video.currentTime + 0.25, seconds);
    }
    this.playhead.sample();
  }
}

test("plays again what ran on after the page was hidden, so that no second is lost", () => {
  const room = new Room();
  room.playhead.drive(true);
  room.runTo(6.2);
  room.isSeen = false;
  room.playhead.sample();
  room.video.currentTime = 6.5;
  room.playhead.drive(false);
  room.playhead.sample();
  room.isSeen = true;
  room.playhead.drive(true);
  assert.equal(room.video.currentTime, 6);
  room.playhead.sample(true);
  room.runTo(9);
  assert.deepEqual(room.tally.claims, [[0, 9]]);
});

test("stays where it is after a pause, of which everything was counted", () => {
  const room = new Room();
  room.playhead.drive(true);
  room.runTo(6.2);
  room.playhead.drive(false);
  room.playhead.sample();
  room.playhead.drive(true);
  assert.equal(room.video.currentTime, 6.2);
});

test("goes nowhere after a seek that the learner made while it was hidden", () => {
  const room = new Room();
  room.playhead.drive(true);
  room.runTo(6.2);
  room.isSeen = false;
  room.playhead.sample();
  room.video.currentTime = 6.5;
  room.playhead.drive(false);
  room.video.currentTime = 3;
  room.playhead.seeking();
  room.playhead.drive(true);
  assert.equal(room.video.currentTime, 3);
});

test("fetches a video again that the network took, and goes on at its second", () => {
  const room = new Room();
  room.playhead.drive(true);
  room.runTo(6.2);
  room.video.error = {};
  room.playhead.drive(true);
  assert.equal(room.video.loads, 0, "not by itself: it would fail again and again");
  room.playhead.recover();
  room.video.currentTime = 0;
  room.playhead.place();
  assert.deepEqual([room.video.loads, room.video.currentTime], [1, 6]);
});

test("counts from where a seek landed, though its end is heard of late", () => {
  const room = new Room();
  room.playhead.drive(true);
  room.runTo(6.1);
  Object.assign(room.video, { currentTime: 2, seeking: true });
  room.playhead.seeking();
  room.tally.opened({ have: [[0, 2]], prov: [] }, false);
  room.nowMs += 500;
  Object.assign(room.video, { currentTime: 2.4, seeking: false });
  room.runTo(4);
  assert.deepEqual(room.tally.claims, [[2, 4]]);
});

test("counts nothing of the leap itself", () => {
  const room = new Room();
  room.playhead.drive(true);
  room.runTo(6.1);
  Object.assign(room.video, { currentTime: 6.3, seeking: true });
  room.nowMs += 250;
  room.playhead.sample();
  room.video.seeking = false;
  room.runTo(7);
  assert.deepEqual(room.tally.claims, [[0, 6]]);
});
