import assert from "node:assert/strict";
import test from "node:test";
import { load, Shelf } from "./modules.mjs";

const { AnswerQueue } = await load("queue");
const answer = (position, revision, choices = ["A"]) => ({ position, revision, choices, flagged: false });

test("keeps one answer a question, the last one", () => {
  const queue = new AnswerQueue(new Shelf(), "q");
  queue.put(answer(1, 1));
  queue.put(answer(2, 1));
  queue.put(answer(1, 2, ["B"]));
  assert.deepEqual([queue.size, queue.positions, queue.get(1).choices], [2, [1, 2], ["B"]]);
});

test("sends the one that has waited longest first", () => {
  const queue = new AnswerQueue(new Shelf(), "q");
  queue.put(answer(2, 1));
  queue.put(answer(1, 1));
  queue.put(answer(2, 2));
  assert.equal(queue.first().position, 1);
});

test("drops what is acknowledged, but not what changed since it was sent", () => {
  const queue = new AnswerQueue(new Shelf(), "q");
  queue.put(answer(1, 1));
  queue.put(answer(1, 2));
  queue.acknowledge(1, 1);
  assert.equal(queue.get(1).revision, 2);
  queue.acknowledge(1, 2);
  assert.deepEqual([queue.size, queue.first()], [0, undefined]);
});

test("survives a reload, and leaves nothing behind when empty", () => {
  const shelf = new Shelf();
  new AnswerQueue(shelf, "q").put(answer(3, 4));
  const again = new AnswerQueue(shelf, "q");
  assert.deepEqual(again.get(3), answer(3, 4));
  again.acknowledge(3, 4);
  assert.equal(shelf.kept.size, 0);
});

test("of one attempt is not another's", () => {
  const shelf = new Shelf();
  new AnswerQueue(shelf, "first").put(answer(1, 1));
  assert.equal(new AnswerQueue(shelf, "second").size, 0);
});

test("works on when storage is full or holds rubbish", () => {
  const queue = new AnswerQueue(new Shelf({ isFull: true }), "q");
  queue.put(answer(1, 1));
  assert.equal(queue.size, 1);
  const rubbish = new Shelf();
  rubbish.kept.set("q", "{");
  assert.equal(new AnswerQueue(rubbish, "q").size, 0);
});

test("a page that is being left keeps for the next one what was acknowledged meanwhile", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const shelf = new Shelf();
  const queue = new AnswerQueue(shelf, "q");
  queue.put(answer(1, 1));

  queue.part();
  queue.acknowledge(1, 1);
  assert.equal(new AnswerQueue(shelf, "q").size, 1);

  context.mock.timers.tick(5000);
  assert.equal(new AnswerQueue(shelf, "q").size, 0);
});
