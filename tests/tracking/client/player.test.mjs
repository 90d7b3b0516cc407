import assert from "node:assert/strict";
import test from "node:test";
import { Room } from "./room.mjs";

/** A room in which the lecture plays. */
async function playing(facts) {
  const room = await new Room(facts).start();
  await room.press("play");
  await room.pass(5);
  return room;
}

test("plays, and claims what was played", async () => {
  const room = await playing();
  await room.pass(30);
  const [[from], [, to]] = [room.sent("hb").flatMap(({ c }) => c)[0], room.sent("hb").at(-1).c[0]];
  assert.deepEqual([room.state, room.veil, from], ["playing", null, 0]);
  assert.ok(to >= 30, `claimed to ${to}`);
});

test("goes on when the learner comes back to a page that rested while it was hidden", async () => {
  const room = await playing();
  await room.show(false);
  await room.pass(700);
  assert.equal(room.sent("bye").at(-1).why, "idle");
  await room.show(true);
  await room.pass(2);
  assert.deepEqual([room.state, room.veil, room.video.paused], ["playing", null, false]);
});

test("stays at rest when the learner comes back to a page that did not play", async () => {
  const room = await new Room().start();
  await room.show(false);
  await room.pass(700);
  await room.show(true);
  await room.pass(2);
  assert.deepEqual([room.state, room.sockets.length], ["idle", 1]);
});

test("answers a check missed at the lecture's end without playing the lecture again", async () => {
  const room = await playing({ durationS: 20 });
  await room.pass(16);
  await room.hear({ t: "chk", id: "c1", kind: "tap", text: "", opts: [], ms: 60_000 });
  await room.pass(20);
  assert.deepEqual([room.state, room.veil], ["check", "check"]);
  await room.pass(50);
  assert.deepEqual([room.state, room.sent("bye")], ["missed", []]);
  await room.press("go-on");
  await room.hear({ t: "chkr", id: "c1", ok: true });
  await room.pass(1);
  assert.deepEqual([room.sent("ans").length, room.state, room.video.currentTime], [1, "done", 20]);
});

test("says that the year is closed, and not that somebody was signed out, when it closes meanwhile", async () => {
  const room = await playing();
  room.ticketAnswer = { status: 409, code: "year_closed" };
  await room.hear({ t: "err", code: "auth", fatal: true });
  await room.pass(2);
  assert.deepEqual([room.state, room.veil, room.video.paused], ["uncounted", null, false]);
});

test("obeys headphones and media keys, for a pause and for playing on", async () => {
  const room = await playing();
  room.video.pause();
  await room.settle();
  assert.equal(room.state, "idle");
  room.video.play();
  await room.pass(2);
  assert.deepEqual([room.state, room.video.paused], ["playing", false]);
});

test("lets nothing but the learner go on after a missed check", async () => {
  const room = await playing();
  await room.hear({ t: "chk", id: "c1", kind: "tap", text: "", opts: [], ms: 60_000 });
  await room.hear({ t: "chkr", id: "c1", ok: false });
  room.video.play();
  await room.pass(2);
  assert.deepEqual([room.state, room.video.paused, room.sent("ans")], ["missed", true, []]);
});

test("takes no place while it lies in a tab that nobody has looked at", async () => {
  const room = new Room();
  document.hidden = true;
  await room.start();
  await room.pass(30);
  assert.equal(room.sockets.length, 0, "another tab may be playing, and would be stopped");
  await room.show(true);
  await room.pass(1);
  assert.deepEqual([room.sockets.length, room.state], [1, "idle"]);
});

test("leaves the video's own full screen when it asks something, for no question is seen there", async () => {
  const room = await playing();
  const left = [];
  Object.assign(room.video, { webkitDisplayingFullscreen: true, webkitExitFullscreen: () => left.push("left") });
  await room.hear({ t: "chk", id: "c1", kind: "tap", text: "", opts: [], ms: 60_000 });
  assert.deepEqual([room.state, left], ["check", ["left"]]);
});
