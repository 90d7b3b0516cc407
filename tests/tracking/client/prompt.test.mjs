import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./modules.mjs";

globalThis.document = { title: "" };
const { Prompt } = await load("prompt");

const TAP = { id: "c1", kind: "tap", text: "", opts: [], ms: 60_000 };
const PICK = { id: "c2", kind: "pick", text: "Which?", opts: ["A", "B"], ms: 120_000 };

/** An element that remembers what was written to it. */
class Part {
  constructor() {
    Object.assign(this, { written: [], hidden: false, children: [], parentElement: { hidden: false }, attributes: {} });
  }

  set textContent(text) {
    this.written.push(text);
  }

  get textContent() {
    return this.written.at(-1) ?? "";
  }

  setAttribute(name, value) {
    this.attributes[name] = value;
  }

  replaceChildren(...children) {
    this.children = children;
  }

  cloneNode() {
    return new Part();
  }

  addEventListener(_event, call) {
    this.press = call;
  }
}

function room() {
  document.title = "Lecture 1";
  const names = ["left", "ring", "acts", "button", "question", "speech"];
  const parts = Object.fromEntries(names.map((name) => [name, new Part()]));
  const answers = [];
  const say = (key, facts) => (facts ? `${key} ${facts.n}` : key);
  const prompt = new Prompt({ ...parts, say, answer: (...answer) => answers.push(answer) });
  return { ...parts, prompt, answers };
}

test("speaks the time left twice, not each second", () => {
  const { prompt, speech, left } = room();
  prompt.open(TAP, 60_000, 0);
  for (let nowMs = 0; nowMs <= 60_000; nowMs += 250) prompt.draw(nowMs);
  assert.deepEqual(speech.written, ["check.left 30", "check.left 10"]);
  assert.equal(left.written.length, 61);
});

test("speaks no time that was never there", () => {
  const { prompt, speech } = room();
  prompt.open({ ...TAP, ms: 20_000 }, 20_000, 0);
  for (let nowMs = 0; nowMs <= 20_000; nowMs += 250) prompt.draw(nowMs);
  assert.deepEqual(speech.written, ["check.left 10"]);
});

test("shows a question with its answers, and none for a press", () => {
  const { prompt, question, acts } = room();
  prompt.open(PICK, 120_000, 0);
  assert.deepEqual([question.hidden, question.textContent], [false, "Which?"]);
  assert.deepEqual(acts.children.map((one) => one.textContent), ["A", "B"]);
  prompt.open(TAP, 60_000, 0);
  assert.deepEqual([question.hidden, acts.children.length], [true, 1]);
});

test("hands over the answer that was pressed, and nothing once it is closed", () => {
  const { prompt, acts, answers } = room();
  prompt.open(PICK, 120_000, performance.now());
  acts.children[1].press();
  prompt.close();
  acts.children[0].press();
  assert.deepEqual(answers.map(([value]) => value), ["B"]);
});

test("asks in the title too, and gives it back", () => {
  const { prompt } = room();
  prompt.open(TAP, 60_000, 0);
  assert.equal(document.title, "title.check");
  prompt.close();
  assert.equal(document.title, "Lecture 1");
});

test("shows no count-down when there is no hurry", () => {
  const { prompt, left } = room();
  prompt.open(PICK, 0, 5_000);
  assert.equal(left.parentElement.hidden, true);
});
