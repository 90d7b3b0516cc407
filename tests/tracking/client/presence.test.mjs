import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./modules.mjs";

const { Presence } = await load("presence");

const TAP = { id: "c1", kind: "tap", text: "", opts: [], ms: 60_000 };
const PICK = { id: "c2", kind: "pick", text: "Which?", opts: ["A", "B"], ms: 120_000 };

/** A presence check in a world of its own: what is drawn, sent and told is written down. */
class Room {
  constructor() {
    Object.assign(this, { nowMs: 1_000, drawn: [], sent: [], told: [] });
    const draw = (name) => (...facts) => this.drawn.push([name, ...facts]);
    this.presence = new Presence({
      prompt: { open: draw("open"), close: draw("close"), draw: () => {} },
      send: (...answer) => this.sent.push(answer),
      tell: (event, detail) => this.told.push(event, ...(detail ? [detail] : [])),
      nowMs: () => this.nowMs,
    });
  }

  pass(ms) {
    this.nowMs += ms;
    this.presence.tick();
  }
}

test("asks for as long as the server says, and hands over the answer with its time", () => {
  const room = new Room();
  room.presence.ask(PICK);
  assert.deepEqual(room.drawn, [["open", PICK, 121_000, 1_000]]);
  assert.deepEqual([room.presence.answerS, room.presence.kind], [120, "pick"]);
  room.presence.answer("B", 3_200);
  assert.deepEqual(room.sent, [["c2", "B", 3_200]]);
});

test("hands over one answer of a double press, and another when no verdict has come for long", () => {
  const room = new Room();
  room.presence.ask(TAP);
  room.presence.answer("", 900);
  room.pass(300);
  room.presence.answer("", 1_200);
  assert.equal(room.sent.length, 1, "the second would find no check any more, and be called wrong");
  room.pass(5_000);
  room.presence.answer("", 6_200);
  assert.equal(room.sent.length, 2);
});

test("takes an answer to the next check at once", () => {
  const room = new Room();
  room.presence.ask(PICK);
  room.presence.answer("A", 800);
  room.presence.judge({ id: "c2", ok: false });
  room.presence.ask({ ...PICK, id: "c3" });
  room.presence.answer("B", 300);
  assert.deepEqual(room.sent.at(-1), ["c3", "B", 300]);
});

test("is over when the server says that it was passed", () => {
  const room = new Room();
  room.presence.ask(TAP);
  room.presence.answer("", 900);
  room.presence.judge({ id: "c1", ok: true });
  assert.deepEqual([room.told.at(-1), room.presence.isOpen], ["cleared", false]);
});

test("pauses at a miss, by the server's word or by the clock", () => {
  const told = new Room();
  told.presence.ask(TAP);
  told.presence.judge({ id: "c1", ok: false });
  const silent = new Room();
  silent.presence.ask(TAP);
  silent.pass(61_000);
  assert.equal(silent.told.includes("missed"), false, "the server's word is waited for");
  silent.pass(4_000);
  assert.deepEqual([told.told.at(-1), silent.told.at(-1)], ["missed", "missed"]);
});

test("tells a miss once", () => {
  const room = new Room();
  room.presence.ask(TAP);
  room.pass(65_000);
  room.presence.judge({ id: "c1", ok: false });
  room.pass(5_000);
  assert.equal(room.told.filter((event) => event === "missed").length, 1);
});

test("goes on after a missed press with one press, however late", () => {
  const room = new Room();
  room.presence.ask(TAP);
  room.pass(65_000);
  room.presence.goOn();
  assert.deepEqual(room.sent, [["c1", "", 0]]);
  room.presence.judge({ id: "c1", ok: true });
  assert.equal(room.told.at(-1), "cleared");
});

test("asks a missed question again, without hurry", () => {
  const room = new Room();
  room.presence.ask(PICK);
  room.pass(125_000);
  room.presence.goOn();
  assert.deepEqual(room.drawn.at(-1), ["open", PICK, 0, room.nowMs]);
  assert.equal(room.presence.answerS, 0);
  room.pass(600_000);
  assert.equal(room.told.filter((event) => event === "missed").length, 1);
});

test("answers the newest check after a miss, not the one that was missed", () => {
  const room = new Room();
  room.presence.ask(TAP);
  room.pass(65_000);
  room.presence.ask({ ...TAP, id: "c9" });
  assert.equal(room.drawn.at(-1)[0], "close", "nobody is there to see it");
  room.presence.goOn();
  assert.deepEqual(room.sent, [["c9", "", 0]]);
});

test("tells a wrong answer from a miss", () => {
  const room = new Room();
  room.presence.ask(PICK);
  room.presence.answer("A", 800);
  room.presence.judge({ id: "c2", ok: false });
  assert.deepEqual([room.told.at(-1), room.presence.isOpen], ["wrong", false]);
});

test("goes back where the rule says so", () => {
  const room = new Room();
  room.presence.ask(TAP);
  room.presence.judge({ id: "c1", ok: false, rewind: 40 });
  assert.deepEqual(room.told.slice(-3), ["rewound", { toS: 40 }, "missed"]);
});

test("minds no verdict on a check that is not open", () => {
  const room = new Room();
  room.presence.ask(TAP);
  room.presence.judge({ id: "c0", ok: true });
  assert.equal(room.presence.isOpen, true);
});

test("forgets a check with its session", () => {
  const room = new Room();
  room.presence.ask(TAP);
  room.presence.forget();
  room.pass(100_000);
  assert.deepEqual([room.presence.isOpen, room.told.includes("missed")], [false, false]);
});
