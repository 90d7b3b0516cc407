import assert from "node:assert/strict";
import test from "node:test";
import { load, Shelf } from "./modules.mjs";

const { Line } = await load("line");
const { AnswerQueue } = await load("queue");
const answer = (position, revision) => ({ position, revision, choices: ["A"], flagged: false });
const ok = (body) => ({ ok: true, status: 200, json: async () => body });
const refuse = (status, body = {}) => ({ ok: false, status, json: async () => body });

/** A line whose server gives these replies in turn; an Error is a dead line. */
function lineOf(...replies) {
  const queue = new AnswerQueue(new Shelf(), "q");
  const heard = [];
  const sent = [];
  globalThis.fetch = async (_address, request) => {
    if (request.body) sent.push(JSON.parse(request.body));
    const reply = replies.shift();
    if (reply instanceof Error) throw reply;
    return reply;
  };
  const told = Object.fromEntries(
    ["saved", "down", "up", "closed", "refused", "left", "moved"].map((name) => [name, (...facts) => heard.push([name, ...facts])]),
  );
  const line = new Line({ queue, address: "/save/", token: "t", attempt: 7, told });
  return { line, queue, heard, sent, stop: () => clearTimeout(line.timer) };
}

test("sends each waiting answer with its attempt, and drops it when the server has it", async () => {
  const { line, queue, heard, sent } = lineOf(ok({ position: 1, revision: 1 }), ok({ position: 2, revision: 3 }));
  queue.put(answer(1, 1));
  queue.put(answer(2, 3));
  await line.flush();
  assert.deepEqual(sent.map(({ attempt, position, revision }) => [attempt, position, revision]), [[7, 1, 1], [7, 2, 3]]);
  assert.deepEqual([queue.size, heard.map(([name]) => name)], [0, ["saved", "saved"]]);
});

test("keeps the answer while the line is dead, and says when it is back", async () => {
  const { line, queue, heard, stop } = lineOf(new Error("dead"), refuse(503), ok({ position: 1, revision: 1 }));
  queue.put(answer(1, 1));
  await line.flush();
  stop();
  assert.deepEqual([queue.size, line.isDown], [1, true]);
  await line.flush();
  stop();
  await line.flush();
  assert.deepEqual([queue.size, line.isDown, heard.map(([name]) => name)], [0, false, ["down", "down", "saved", "up"]]);
});

test("waits at least a second and never more than fifteen", async () => {
  const replies = Array.from({ length: 30 }, () => new Error("dead"));
  const { line, queue, heard, stop } = lineOf(...replies);
  queue.put(answer(1, 1));
  for (let time = 0; time < 30; time += 1) { await line.flush(); stop(); }
  const waits = heard.map(([, , waitMs]) => waitMs);
  assert.equal(waits.every((waitMs) => waitMs >= 1000 && waitMs <= 15000), true);
});

test("stops for good when the attempt is closed", async () => {
  const { line, queue, heard } = lineOf(refuse(409, { closed: true, result: "/result/" }));
  queue.put(answer(1, 1));
  queue.put(answer(2, 1));
  await line.flush();
  assert.deepEqual([queue.size, heard], [0, [["closed", "/result/"]]]);
});

test("drops an answer the server cannot read, and goes on with the next", async () => {
  const { line, queue, heard } = lineOf(refuse(400), ok({ position: 2, revision: 1 }));
  queue.put(answer(1, 1));
  queue.put(answer(2, 1));
  await line.flush();
  assert.deepEqual([queue.size, heard.map(([name]) => name)], [0, ["refused", "saved"]]);
});

test("sends an answer that changed while it was under way once more", async () => {
  const { line, queue, sent } = lineOf(ok({ position: 1, revision: 1 }), ok({ position: 1, revision: 2 }));
  queue.put(answer(1, 1));
  const under_way = line.flush();
  queue.put(answer(1, 2));
  await under_way;
  assert.deepEqual([queue.size, sent.map(({ revision }) => revision)], [0, [1, 2]]);
});

test("who asks while it is sending hears when all is sent", async () => {
  const { line, queue } = lineOf(ok({ position: 1, revision: 1 }), ok({ position: 2, revision: 1 }));
  queue.put(answer(1, 1));
  line.flush();
  queue.put(answer(2, 1));
  await line.flush();
  assert.equal(queue.size, 0);
});

test("looks at the page anew until it hears, and says when it leads elsewhere by now", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { line, heard } = lineOf(new Error("dead"), { ok: false, status: 0, type: "opaqueredirect" });
  globalThis.location = { pathname: "/take/" };
  await line.look();
  assert.deepEqual(heard, []);
  context.mock.timers.tick(5000);
  await new Promise(setImmediate);
  assert.deepEqual(heard, [["moved"]]);
});

test("saves also where a browser cannot time a request", async (context) => {
  const { timeout } = AbortSignal;
  AbortSignal.timeout = undefined;
  context.after(() => { AbortSignal.timeout = timeout; });
  const { line, queue } = lineOf(ok({ position: 1, revision: 1 }));
  queue.put(answer(1, 1));
  await line.flush();
  clearTimeout(line.timer);
  assert.equal(queue.size, 0);
});
