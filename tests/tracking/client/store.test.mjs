import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./modules.mjs";

test("waits no longer than two seconds for a storage that never answers: the lecture must begin", async () => {
  const timers = [];
  globalThis.indexedDB = { open: () => ({}) };
  globalThis.setTimeout = (call, ms) => timers.push([call, ms]);
  const store = await load("store");
  const kept = store.load("1/1");
  const ringing = timers.filter(([, ms]) => ms <= 2_000);
  for (const [call] of ringing) call();
  const stillWaits = new Promise((resolve) => setImmediate(resolve, "still waits"));
  assert.equal(await Promise.race([kept, stillWaits]), null);
});
