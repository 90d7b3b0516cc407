import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./modules.mjs";

const { centihours, clockText, hoursText, receipt } = await load("receipt");
const { pieces, percent } = await load("coverage_bar");

test("subtracts as the card says: position − not credited − awaiting = credited", () => {
  const made = receipt({
    credited: [[0, 412], [447, 1_116]], awaiting: [[1_116, 1_122]], reachedS: 1_122, durationS: 2_700,
  });
  assert.deepEqual([made.positionS, made.lostS, made.awaitingS, made.creditedS], [1_122, 35, 6, 1_081]);
  assert.deepEqual(made.lost, [[412, 447]]);
});

test("adds up whatever is put in, overlaps and strangers included", () => {
  for (const credited of [[], [[0, 3]], [[2, 9]], [[0, 60]], [[55, 99]]]) {
    for (const awaiting of [[], [[1, 5]], [[8, 12], [20, 21]]]) {
      for (const reachedS of [0, 7, 60, 80]) {
        const made = receipt({ credited, awaiting, reachedS, durationS: 60 });
        assert.equal(made.positionS - made.lostS - made.awaitingS, made.creditedS);
        assert.ok(made.positionS <= 60);
      }
    }
  }
});

test("draws a bar equal to the receipt, without overlap", () => {
  const made = receipt({ credited: [[0, 10], [15, 20]], awaiting: [[20, 23]], reachedS: 25, durationS: 60 });
  const drawn = pieces(made);
  assert.deepEqual(drawn.map(({ kind, from, to }) => [kind, from, to]), [
    ["credited", 0, 10], ["lost", 10, 15], ["credited", 15, 20], ["awaiting", 20, 23], ["lost", 23, 25],
  ]);
  assert.equal(percent(15, 60), "25.000%");
});

test("writes times and hours as the pages do", () => {
  assert.deepEqual([0, 61, 1_122, 3_723].map(clockText), ["00:00", "01:01", "18:42", "1:02:03"]);
  assert.deepEqual([0, 40, 93, 100, 5_250].map(hoursText), ["0.0", "0.4", "0.93", "1.0", "52.5"]);
  assert.equal(centihours(1_081, 2_700), 40);
});
