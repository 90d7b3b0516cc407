import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./modules.mjs";

const { intervalMs, partingReason } = await load("rhythm");
const { kindOf } = await load("kinds");

const report = (extra) => ({ state: "i", claims: [], isEnded: false, ...extra });
const pace = { heartbeatMs: 15_000, claimRounds: 0, isCapped: false };

test("beats with the heart while playing or waiting for the video", () => {
  assert.deepEqual(["p", "w"].map((state) => intervalMs(report({ state }), pace)), [15_000, 15_000]);
});

test("asks soon, then less soon, for what was deferred", () => {
  const rounds = [0, 1, 2, 3, 4, 9].map((claimRounds) => intervalMs(report({ claims: [[0, 1]] }), { ...pace, claimRounds }));
  assert.deepEqual(rounds, [1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
});

test("parts after ten minutes at rest, and soon after the end, but never with something to claim", () => {
  const reasons = [
    [report(), 599_999], [report(), 600_000], [report({ isEnded: true }), 9_000], [report({ isEnded: true, claims: [[0, 1]] }), 9_000],
    [report({ claims: [[0, 1]] }), 900_000], [report({ state: "p" }), 900_000],
  ].map((facts) => partingReason(...facts));
  assert.deepEqual(reasons, [null, "idle", "ended", null, null, null]);
});

test("tells a phone from a computer", () => {
  const labels = ["Android · WeChat", "HarmonyOS", "iPhone · Safari", "Windows · Edge", "Mac · Safari", "Linux", "iPad", ""];
  const kinds = ["phone", "phone", "phone", "computer", "computer", "computer", "device", "device"];
  assert.deepEqual(labels.map(kindOf), kinds);
});
