import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./modules.mjs";

const { backoffMs, jitteredMs } = await load("backoff");

test("doubles the span from 1 s up to 60 s and never beyond", () => {
  const most = [0, 1, 2, 5, 6, 50].map((attempt) => backoffMs(attempt, 0.999_999));
  assert.deepEqual(most, [999, 1_999, 3_999, 31_999, 59_999, 59_999]);
});

test("spreads over the whole span: full jitter", () => {
  assert.equal(backoffMs(6, 0), 0);
  assert.equal(backoffMs(6, 0.5), 30_000);
});

test("puts ten per cent of noise on a heartbeat", () => {
  assert.deepEqual([0, 0.5, 1].map((random) => jitteredMs(15_000, random)), [13_500, 15_000, 16_500]);
});
