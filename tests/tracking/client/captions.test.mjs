import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./modules.mjs";

const { Captions } = await load("captions");

test("shows a caption as it is read, not as it is written in its file", () => {
  const cue = { text: "R&amp;D: <v Li>3 &lt; 4</v>", getCueAsHTML: () => ({ textContent: "R&D: 3 < 4" }) };
  const track = Object.assign(new EventTarget(), { language: "en", label: "English", activeCues: [cue] });
  const video = Object.assign(new EventTarget(), { textTracks: [track] });
  const line = { firstElementChild: {} };
  const button = { setAttribute: () => {} };
  new Captions({ video, line, button, word: {}, badge: {}, say: String, language: "en" });
  track.dispatchEvent(new Event("cuechange"));
  assert.deepEqual([line.firstElementChild.textContent, line.hidden], ["R&D: 3 < 4", false]);
});
