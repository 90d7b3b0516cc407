/**
 * The room's furniture: captions, transcript, control bar, cards and prompt, put in their places.
 *
 * Knows which element of the page is what and which command it calls; decides nothing.
 */

import { Captions, Transcript } from "./captions.js";
import { wireControls } from "./controls.js";
import { Prompt } from "./prompt.js";

/** Build everything the learner touches; `commands` is what it may ask for. */
export function furnish(root, commands, say, language) {
  const part = (name) => root.querySelector(`[data-${name}]`);
  const press = (name, command) => part(name).addEventListener("click", () => command());
  press("retry", commands.retry);
  press("take", commands.take);
  press("stay", commands.stay);
  press("gap-link", commands.playMissed);
  return {
    captions: new Captions({
      video: part("video"), line: part("caption"), button: part("captions"), word: part("captions-word"),
      badge: part("captions-language"), say, language,
    }),
    transcript: new Transcript(part("script"), commands.goTo),
    bar: wireControls(root, commands, say),
    prompt: new Prompt({
      left: part("check-left"), ring: part("check-ring"), acts: part("check-acts"), button: part("check-answer"),
      answer: commands.answer, documentTitle: say("title.check"),
    }),
  };
}

/** Return the commands that concern only the picture and the sound. */
export function playheadCommands(video, playhead) {
  return {
    skip: (byMs) => playhead.goTo(playhead.positionMs + byMs),
    goTo: (positionMs) => playhead.goTo(positionMs),
    toggleMute: () => (video.muted = !video.muted),
    setVolume: (share) => Object.assign(video, { volume: share, muted: share === 0 }),
  };
}
