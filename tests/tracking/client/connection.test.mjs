import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./modules.mjs";
import { World } from "./world.mjs";

const { Connection } = await load("connection");
const { TicketRefused } = await load("tickets");

async function opened(facts) {
  const world = new World();
  const connection = new Connection(world.parts());
  connection.start();
  await world.open(connection, facts);
  return { world, connection };
}

const ack = (world, extra = {}) => world.hear({ t: "ack", q: world.sent().at(-1).q, n: 0, ...extra });

test("opens with a ticket and beats at once, in the wire's own words", async () => {
  const { world } = await opened();
  assert.deepEqual(world.sent("open"), [
    { t: "open", v: 1, ticket: "ticket-1", dev: "device-1", take: false, resume: null, prev: null },
  ]);
  assert.deepEqual(world.sent("hb"), [{ t: "hb", q: 1, c: [], pt: 0, p: 0, s: "i", f: 0 }]);
});

test("beats every 15 s while playing and every 50 s at rest", async () => {
  const { world } = await opened();
  world.said.state = "p";
  ack(world);
  for (let beat = 0; beat < 4; beat += 1) {
    await world.pass(15_000);
    ack(world);
  }
  assert.equal(world.sent("hb").length, 5);
  world.said.state = "i";
  ack(world);
  await world.pass(49_000);
  assert.equal(world.sent("hb").length, 5);
  await world.pass(1_000);
  assert.equal(world.sent("hb").length, 6);
});

test("obeys the heartbeat the server sets, at opening and under load", async () => {
  const { world } = await opened({ hb_ms: 30_000 });
  world.said.state = "p";
  ack(world);
  await world.pass(29_000);
  assert.equal(world.sent("hb").length, 1);
  await world.pass(1_000);
  ack(world, { hb_ms: 60_000 });
  await world.pass(59_000);
  assert.equal(world.sent("hb").length, 2);
});

test("flushes a change of state at once, but never twice within a second", async () => {
  const { world, connection } = await opened();
  await world.pass(2_000);
  connection.flush();
  connection.flush();
  connection.flush();
  assert.equal(world.sent("hb").length, 2);
  await world.pass(1_000);
  assert.equal(world.sent("hb").length, 3);
});

test("drops the socket and resumes when an answer is 10 s late", async () => {
  const { world, connection } = await opened();
  await world.pass(10_000);
  assert.equal(world.sockets[0].isClosed, true);
  assert.equal(world.events("lost").length, 1);
  await world.pass(1_000);
  world.socket.onopen();
  assert.equal(world.sent("open")[0].resume, "sid-1");
  world.hear({ t: "ok", sid: "sid-1", ep: 2, q: 7, D: 60, have: [], prov: [], n: 0, pos: 0, hb_ms: 15_000, rate: 100 });
  assert.deepEqual([world.events("opened").at(-1).isResumed, world.sent("hb")[0].q, connection.isOpen], [true, 8, true]);
});

test("claims again, soon, what was deferred after the lecture has ended", async () => {
  const { world } = await opened();
  world.said.claims = [[59, 60]];
  ack(world, { rem: [[59, 60]] });
  await world.pass(2_100);
  assert.deepEqual(world.sent("hb").at(-1).c, [[59, 60]]);
  ack(world, { rem: [[59, 60]] });
  await world.pass(4_100);
  assert.equal(world.sent("hb").length, 3);
});

test("hands over the claims of a session that cannot be resumed, on the same socket", async () => {
  const { world } = await opened();
  world.said.claims = [[10, 25]];
  world.socket.onclose({ code: 1006 });
  await world.pass(1_000);
  world.socket.onopen();
  world.hear({ t: "err", code: "session_ended", fatal: false });
  const second = world.sent("open")[1];
  assert.deepEqual([second.resume, second.prev, second.ticket], [null, { sid: "sid-1", c: [[10, 25]] }, "ticket-2"]);
});

test("opens all the same when the claims came too late", async () => {
  const { world } = await opened();
  world.hear({ t: "err", code: "sealed", fatal: false });
  assert.deepEqual(world.events("refused"), []);
});

for (const [code, expected] of [[4401, "auth"], [4403, "auth"], [4409, "taken"], [4426, "version"]]) {
  test(`never comes back by itself after ${code}`, async () => {
    const { world } = await opened();
    world.socket.onclose({ code });
    await world.pass(600_000);
    assert.deepEqual([world.sockets.length, world.events("refused")[0].code], [1, expected]);
  });
}

/** A world whose ticket office answers like that once a session is open; sent away as `say` does it. */
async function sentAway(fetchTicket, say) {
  const world = new World();
  let office = world.parts().fetchTicket;
  const connection = new Connection(world.parts({ fetchTicket: () => office() }));
  connection.start();
  await world.open(connection);
  office = fetchTicket;
  say(world);
  await world.pass(600_000);
  return world;
}

for (const [how, say] of [
  ["close", (world) => world.socket.onclose({ code: 4401 })],
  ["word", (world) => world.hear({ t: "err", code: "auth", fatal: true })],
  ["word at the door", (world) => world.hear({ t: "err", code: "forbidden", fatal: true })],
]) {
  test(`asks the ticket office why it was sent away by a ${how}, and stays away`, async () => {
    const closed = await sentAway(() => Promise.reject(new TicketRefused("year_closed")), say);
    const offline = await sentAway(() => Promise.reject(new TypeError("network")), say);
    assert.deepEqual([closed, offline].map((world) => world.events("refused")), [[{ code: "year_closed" }], [{ code: "auth" }]]);
    assert.deepEqual([closed.sockets.length, offline.sockets.length], [1, 1]);
  });
}

for (const code of [1006, 1012, 1013, 4400, 4408, 4410, 4429]) {
  test(`comes back after ${code}`, async () => {
    const { world } = await opened();
    world.socket.onclose({ code });
    await world.pass(60_000);
    assert.ok(world.sockets.length > 1);
  });
}

test("tells who holds the place, and takes it when asked, with the claims of before", async () => {
  const world = new World();
  const connection = new Connection(world.parts());
  connection.previous = { sid: "sid-0", c: [[1, 2]] };
  connection.start();
  await world.settle();
  world.socket.onopen();
  world.hear({ t: "err", code: "lease_busy", fatal: false, who: "{}" });
  assert.deepEqual(world.events("refused"), [{ code: "taken", who: "{}", isBusy: true }]);
  connection.start({ isTakeover: true });
  await world.settle();
  world.socket.onopen();
  assert.deepEqual([world.sent("open")[0].take, world.sent("open")[0].prev], [true, { sid: "sid-0", c: [[1, 2]] }]);
});

test("stays away for good when no ticket is to be had, and tries again when the server is down", async () => {
  const world = new World();
  let answer = () => Promise.reject(new TypeError("network"));
  const connection = new Connection(world.parts({ fetchTicket: () => answer() }));
  connection.start();
  await world.settle();
  assert.equal(world.events("lost").length, 1);
  answer = () => Promise.reject(new TicketRefused("year_closed"));
  await world.pass(60_000);
  assert.deepEqual(world.events("refused"), [{ code: "year_closed" }]);
  assert.equal(world.timers.length, 0);
});

test("says good-bye with all claims, and ends", async () => {
  const { world, connection } = await opened();
  world.said.claims = [[3, 9]];
  connection.leave();
  const bye = world.beacons[0];
  assert.deepEqual([bye.t, bye.q, bye.c, bye.why, bye.tok, bye.ep], ["bye", 2, [[3, 9]], "unload", "tok-1", 1]);
  assert.deepEqual([world.sent("bye"), world.socket.isClosed], [[], true]);
  await world.pass(600_000);
  assert.equal(world.sockets.length, 1);
});

test("rests after ten minutes at rest with nothing to claim", async () => {
  const { world } = await opened();
  for (let minute = 0; minute < 13; minute += 1) {
    if (!world.socket.isClosed) ack(world);
    await world.pass(50_000);
  }
  assert.deepEqual([world.sent("bye")[0].why, world.events("rested").length], ["idle", 1]);
});

test("returns at a random moment of the span when the server drains", async () => {
  const { world } = await opened();
  ack(world);
  world.hear({ t: "drain", in_ms: 20_000 });
  await world.pass(10_100);
  assert.equal(world.sockets.length, 2);
});

test("tries at once when asked, but never twice at a time", async () => {
  const { world, connection } = await opened();
  world.socket.onclose({ code: 1006 });
  connection.retryNow();
  connection.retryNow();
  await world.settle();
  assert.equal(world.sockets.length, 2);
});

test("answers a presence check in the wire's own words", async () => {
  const { world, connection } = await opened();
  world.hear({ t: "chk", id: "c1", kind: "tap", text: "", opts: [], ms: 60_000 });
  connection.answer(world.events("check")[0].id, "", 1_200);
  assert.deepEqual(world.sent("ans"), [{ t: "ans", id: "c1", v: "", ms: 1_200 }]);
});

test("ignores a socket it has left", async () => {
  const { world, connection } = await opened();
  const old = world.socket;
  connection.renew();
  await world.settle();
  old.onclose({ code: 4409 });
  assert.deepEqual(world.events("refused"), []);
});
