import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./modules.mjs";
import { World } from "./world.mjs";

const { Connection } = await load("connection");

const OK = {
  t: "ok", sid: "sid-1", ep: 4, q: 0, D: 60, have: [], prov: [], n: 0, pos: 0, hb_ms: 20_000, rate: 100, tok: "tok-1", policy: "00",
};

/** A world in which no WebSocket handshake succeeds. */
async function shutOut(overrides) {
  const world = new World();
  const connection = new Connection(world.parts(overrides));
  connection.start();
  await world.settle();
  for (let handshake = 0; handshake < 2; handshake += 1) {
    world.socket.onclose({ code: 1006 });
    await world.pass(2_000);
  }
  return { world, connection };
}

async function open(overrides) {
  const { world, connection } = await shutOut(overrides);
  await world.reply([OK]);
  return { world, connection };
}

/** Play for so many beats of 20 s, each answered. */
async function playByRequests(world, beats) {
  world.said.state = "p";
  for (let beat = 0; beat < beats; beat += 1) {
    if (world.requests.some((one) => !one.isAnswered)) await ack(world);
    await world.pass(20_000);
  }
  if (world.requests.some((one) => !one.isAnswered)) await ack(world);
}

const ack = (world, extra = {}) => world.reply([{ t: "ack", q: world.asked("hb").at(-1).q, n: 0, ...extra }]);

test("speaks by requests after two failed handshakes, in the very words of the wire", async () => {
  const { world } = await open();
  assert.equal(world.sockets.length, 2);
  assert.deepEqual(world.asked("open"), [
    { t: "open", v: 1, ticket: "ticket-3", dev: "device-1", take: false, resume: null, prev: null },
  ]);
  assert.deepEqual(world.asked("hb"), [{ t: "hb", q: 1, c: [], pt: 0, p: 0, s: "i", f: 0, tok: "tok-1", ep: 4 }]);
});

test("speaks by requests also where a handshake is swallowed, within 15 s", async () => {
  const world = new World();
  new Connection(world.parts()).start();
  await world.settle();
  await world.pass(15_000);
  assert.deepEqual([world.sockets.length, world.asked("open").length], [2, 1]);
});

test("speaks by requests soon after a long outage, where no handshake succeeds", async () => {
  const world = new World();
  let office = () => Promise.reject(new TypeError("network"));
  new Connection(world.parts({ fetchTicket: () => office() })).start();
  await world.settle();
  await world.pass(300_000);
  assert.equal(world.events("lost").at(-1).retryMs, 30_000, "the tries are far apart by now");
  office = world.parts().fetchTicket;
  while (!world.socket) await world.pass(1_000);
  for (let handshake = 0; handshake < 2; handshake += 1) {
    world.socket.onclose({ code: 1006 });
    await world.pass(5_000);
  }
  assert.deepEqual([world.sockets.length, world.asked("open").length], [2, 1]);
});

test("speaks by requests also where a WebSocket opens and carries nothing", async () => {
  const world = new World();
  new Connection(world.parts()).start();
  await world.settle();
  world.socket.onopen();
  await world.pass(10_600);
  world.socket.onopen();
  await world.pass(12_000);
  assert.equal(world.asked("open").length, 1);
});

test("stays with the WebSocket when it was refused in words", async () => {
  const world = new World();
  new Connection(world.parts()).start();
  for (let attempt = 0; attempt < 3; attempt += 1) {
    await world.settle();
    world.socket.onopen();
    world.hear({ t: "err", code: "db_unavailable", fatal: true, retry_ms: 1_000 });
    world.socket.onclose({ code: 1013 });
    await world.pass(5_000);
  }
  assert.deepEqual([world.sockets.length, world.asked().length], [4, 0]);
});

test("beats every 20 s while playing, as the server says", async () => {
  const { world } = await open();
  world.said.state = "p";
  await ack(world);
  await world.pass(19_000);
  assert.equal(world.asked("hb").length, 1);
  await world.pass(1_000);
  assert.equal(world.asked("hb").length, 2);
});

test("takes every message of a reply, in order", async () => {
  const { world } = await open();
  await world.reply([{ t: "ack", q: 1, n: 5 }, { t: "chk", id: "c1", kind: "tap", text: "", opts: [], ms: 60_000 }]);
  assert.deepEqual([world.events("acked").length, world.events("check")[0].id], [1, "c1"]);
});

test("answers a check by request", async () => {
  const { world, connection } = await open();
  connection.answer("c1", "", 900);
  assert.deepEqual(world.asked("ans"), [{ t: "ans", id: "c1", v: "", ms: 900, tok: "tok-1", ep: 4 }]);
});

test("says an answer again to a server that was too busy for it: beats repeat themselves, answers do not", async () => {
  const { world, connection } = await open();
  await ack(world);
  connection.answer("c1", "", 900);
  await world.reply([{ t: "err", code: "db_unavailable", fatal: false, retry_ms: 5_000 }], { status: 503, retryMs: 5_000 });
  await world.pass(5_000);
  assert.deepEqual(world.asked("ans").map(({ id, ms }) => [id, ms]), [["c1", 900], ["c1", 900]]);
  connection.leave();
  await world.reply([{ t: "err", code: "db_unavailable", fatal: false, retry_ms: 5_000 }], { status: 503, retryMs: 5_000 });
  await world.pass(60_000);
  assert.equal(world.asked("ans").length, 2, "not from a page that has gone");
});

test("goes back to the WebSocket after ten minutes and resumes there, claims and all", async () => {
  const { world } = await open();
  await playByRequests(world, 30);
  assert.equal(world.sockets.length, 3);
  world.said.claims = [[7, 21]];
  world.socket.onopen();
  assert.equal(world.sent("open")[0].resume, "sid-1");
  world.hear({ ...OK, q: 31, ep: 5 });
  assert.deepEqual(world.sent("hb")[0].c, [[7, 21]]);
  assert.equal(world.events("opened").at(-1).isResumed, true);
  assert.deepEqual(world.events("lost").length, 2, "only the two handshakes at the beginning");
});

test("does not mind what an old request says once the WebSocket has taken over", async () => {
  const { world, connection } = await open();
  await playByRequests(world, 30);
  await world.pass(1_000);
  connection.flush();
  world.socket.onopen();
  world.hear({ ...OK, q: 32, ep: 5 });
  await world.reply([{ t: "err", code: "superseded", fatal: true }], { status: 409 });
  assert.deepEqual(world.events("refused"), []);
});

test("goes on by requests while the WebSocket stays shut, and tries it again later", async () => {
  const { world } = await open();
  await playByRequests(world, 30);
  assert.equal(world.sockets.length, 3);
  world.socket.onclose({ code: 1006 });
  await playByRequests(world, 30);
  assert.deepEqual([world.sockets.length, world.asked("open").length], [4, 1]);
  assert.equal(world.events("lost").length, 2, "only the two handshakes at the beginning");
});

test("takes up again what the network swallowed, still by requests", async () => {
  const { world } = await open();
  world.said.claims = [[0, 9]];
  await world.fail();
  assert.equal(world.events("lost").length, 3);
  await world.pass(2_000);
  assert.deepEqual([world.sockets.length, world.asked("open").at(-1).resume], [2, "sid-1"]);
  await world.reply([{ ...OK, q: 1 }]);
  assert.deepEqual(world.asked("hb").at(-1).c, [[0, 9]]);
});

test("opens a new session when the old is over, with what it still claims", async () => {
  const { world } = await open();
  world.said.claims = [[0, 9]];
  await world.reply([{ t: "err", code: "session_ended", fatal: true }], { status: 410 });
  await world.pass(2_000);
  const opening = world.asked("open").at(-1);
  assert.deepEqual([opening.resume, opening.prev], [null, { sid: "sid-1", c: [[0, 9]] }]);
});

test("opens afresh on the same ticket when there is nothing to resume", async () => {
  const { world } = await open();
  world.said.claims = [[0, 9]];
  await world.fail();
  await world.pass(2_000);
  await world.reply([{ t: "err", code: "session_ended", fatal: false }], { status: 410 });
  const [resuming, afresh] = world.asked("open").slice(-2);
  assert.deepEqual([afresh.ticket, afresh.resume, afresh.prev], [resuming.ticket, null, { sid: "sid-1", c: [[0, 9]] }]);
});

test("waits as long as a busy server asks, and repeats itself", async () => {
  const { world } = await open();
  world.said.claims = [[0, 3]];
  await world.reply([{ t: "err", code: "overload", fatal: false }], { status: 503, retryMs: 30_000 });
  await world.pass(29_000);
  assert.equal(world.asked("hb").length, 1);
  await world.pass(1_500);
  assert.deepEqual(world.asked("hb")[1].c, [[0, 3]]);
  assert.equal(world.events("lost").length, 2);
});

for (const [code, status, expected] of [["superseded", 409, "taken"], ["auth", 401, "auth"], ["forbidden", 403, "auth"]]) {
  test(`stays away after ${code}`, async () => {
    const { world } = await open();
    await world.reply([{ t: "err", code, fatal: true }], { status });
    await world.pass(600_000);
    assert.deepEqual([world.events("refused")[0].code, world.asked("open").length], [expected, 1]);
  });
}

test("returns to WebSockets where there is nothing to speak to by requests", async () => {
  const { world } = await shutOut();
  await world.reply([], { status: 404 });
  await world.pass(8_000);
  assert.deepEqual([world.sockets.length, world.asked().length], [3, 1]);
});
