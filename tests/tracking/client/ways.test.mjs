import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./modules.mjs";

const { Ways, SOCKET_AGAIN_MS } = await load("ways");

test("speaks by WebSocket until two handshakes failed within 15 s", () => {
  const ways = new Ways();
  ways.failed(0);
  assert.equal(ways.isByRequests(1), false);
  ways.failed(15_000);
  assert.equal(ways.isByRequests(15_001), true);
});

test("forgives two failures that are further apart", () => {
  const ways = new Ways();
  ways.failed(0);
  ways.failed(15_001);
  assert.equal(ways.isByRequests(15_002), false);
});

test("tries the WebSocket again after ten minutes", () => {
  const ways = new Ways();
  ways.postpone(0);
  assert.deepEqual([ways.isByRequests(SOCKET_AGAIN_MS - 1), ways.isByRequests(SOCKET_AGAIN_MS)], [true, false]);
});

test("forgets failures once a WebSocket worked", () => {
  const ways = new Ways();
  ways.failed(0);
  ways.preferSocket();
  ways.failed(1_000);
  assert.equal(ways.isByRequests(1_001), false);
});
