// What goes out when the page goes: beacons, and the good-bye of a player at rest.

import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./modules.mjs";
import { World } from "./world.mjs";

const { Connection } = await load("connection");

async function opened(facts) {
  const world = new World();
  const connection = new Connection(world.parts());
  connection.start();
  await world.open(connection, facts);
  return { world, connection };
}

const ack = (world, extra = {}) => world.hear({ t: "ack", q: world.sent().at(-1).q, n: 0, ...extra });

test("hands over by beacon what is pending while the connection is lost and the page is hidden", async () => {
  const { world, connection } = await opened();
  world.said.claims = [[0, 12]];
  world.socket.onclose({ code: 1006 });
  connection.hide();
  const { t, q, c, tok, ep } = world.beacons[0];
  assert.deepEqual([t, q, c, tok, ep], ["hb", 2, [[0, 12]], "tok-1", 1]);
  await world.pass(1_000);
  world.socket.onopen();
  assert.equal(world.sent("open")[0].resume, "sid-1");
});

test("sends no beacon from a hidden page whose beat is answered", async () => {
  const { world, connection } = await opened();
  world.said.claims = [[0, 12]];
  connection.flush();
  connection.hide();
  await world.pass(1_000);
  world.said.claims = [];
  ack(world);
  await world.pass(5_000);
  assert.deepEqual([world.beacons, world.sockets.length], [[], 1]);
});

test("leaves a socket that does not answer a hidden page, after a beacon, and resumes", async () => {
  const { world, connection } = await opened();
  world.said.claims = [[0, 12]];
  connection.hide();
  await world.pass(1_500);
  assert.deepEqual([world.beacons[0].t, world.sockets[0].isClosed, world.sockets.length], ["hb", true, 2]);
  world.socket.onopen();
  assert.equal(world.sent("open")[0].resume, "sid-1");
  assert.deepEqual(world.events("refused"), []);
});

test("hands everything over before the page is frozen", async () => {
  const { world, connection } = await opened();
  world.said.claims = [[0, 12]];
  connection.freeze();
  assert.deepEqual([world.beacons.length, world.sockets[0].isClosed], [1, true]);
});

test("has nothing to hand over when nothing is pending", async () => {
  const { world, connection } = await opened();
  connection.hide();
  connection.freeze();
  await world.pass(2_000);
  assert.deepEqual([world.beacons, world.sockets.length], [[], 1]);
});

test("claims again, when the page comes back, what the beacon carried", async () => {
  const { world, connection } = await opened();
  world.said.claims = [[3, 9]];
  connection.leave();
  connection.start();
  await world.settle();
  world.socket.onopen();
  assert.deepEqual([world.sent("open")[0].resume, world.sent("open")[0].prev], [null, { sid: "sid-1", c: [[3, 9]] }]);
});

test("says good-bye over the socket where the browser takes no beacon", async () => {
  const world = new World();
  const parts = world.parts();
  const connection = new Connection({ ...parts, world: { ...parts.world, beacon: () => false } });
  connection.start();
  await world.open(connection);
  connection.leave();
  assert.equal(world.sent("bye")[0].why, "unload");
});

test("parts after a lecture has ended and everything is acknowledged, and takes the receipt along", async () => {
  const { world } = await opened();
  Object.assign(world.said, { isEnded: true, claims: [[0, 20]] });
  ack(world);
  await world.pass(8_000);
  assert.deepEqual(world.sent("bye"), [], "something is still pending");
  world.said.claims = [];
  ack(world);
  await world.pass(11_100);
  const bye = world.sent("bye")[0];
  assert.equal(bye.why, "ended");
  assert.equal(world.events("rested").length, 1);
  ack(world);
  world.hear({ t: "rcpt", sid: "sid-1", n: 20, head: "ab", at: 1, sig: "cd" });
  assert.equal(world.events("receipt")[0].n, 20);
  world.socket.onclose({ code: 1000 });
  await world.pass(60_000);
  assert.deepEqual([world.sockets.length, world.events("lost")], [1, []]);
});

/** Rest for so long that the player says good-bye. */
async function rested() {
  const { world, connection } = await opened();
  for (let minute = 0; minute < 13; minute += 1) {
    if (!world.socket.isClosed) ack(world);
    await world.pass(50_000);
  }
  assert.equal(world.sent("bye")[0].why, "idle");
  return { world, connection };
}

test("stays when it begins again after a rest, whether or not the lecture plays", async () => {
  const { world, connection } = await rested();
  connection.start();
  await world.open(connection, { sid: "sid-2" });
  assert.deepEqual([world.sent("bye"), world.sent("hb").length], [[], 1]);
});

test("passes on no question that nobody can answer any more", async () => {
  const { world, connection } = await opened();
  Object.assign(world.said, { isEnded: true });
  ack(world);
  await world.pass(11_100);
  assert.equal(world.sent("bye").length, 1);
  world.hear({ t: "chk", id: "c1", kind: "tap", text: "", opts: [], ms: 60_000 });
  assert.deepEqual([world.events("check"), connection.isOpen], [[], false]);
});

test("begins anew, with nothing to resume, after it parted", async () => {
  const { world, connection } = await opened();
  world.said.isEnded = true;
  ack(world);
  await world.pass(11_100);
  connection.start();
  await world.settle();
  world.socket.onopen();
  assert.deepEqual([world.sent("open")[0].resume, world.sent("open")[0].prev], [null, null]);
});

test("does not ask again and again for what today's cap defers", async () => {
  const { world } = await opened();
  world.said.claims = [[0, 9]];
  ack(world, { rem: [[0, 9]], cap: 1 });
  assert.equal(world.events("acked")[0].isCapped, true);
  await world.pass(44_000);
  assert.equal(world.sent("hb").length, 1);
  await world.pass(12_000);
  assert.deepEqual(world.sent("hb")[1].c, [[0, 9]]);
});
