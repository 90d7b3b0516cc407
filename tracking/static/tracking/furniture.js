/**
 * The room's furniture: captions, transcript, control bar, cards and prompt, put in their places.
 *
 * Knows which element of the page is what and which command it calls; decides nothing.
 */

import { Captions, Transcript } from "./captions.js";
import { wireControls } from "./controls.js";
import { Presence } from "./presence.js";
import { Prompt } from "./prompt.js";
import { Proof } from "./proof.js";

/** Build everything the learner touches; `commands` is what it may ask for, `tell` hears of presence checks. */
export function furnish({ root, lecture, say, language }, commands, tell) {
  const part = (name) => root.querySelector(`[data-${name}]`);
  const press = (name, command) => part(name).addEventListener("click", () => command());
  press("retry", commands.retry);
  press("take", commands.take);
  press("stay", commands.stay);
  press("gap-link", commands.playMissed);
  press("go-on", commands.goOn);
  press("watch-on", commands.watchOn);
  const prompt = new Prompt({
    left: part("check-left"), ring: part("check-ring"), acts: part("check-acts"), button: part("check-answer"),
    question: part("check-question"), speech: part("check-speech"), say,
    answer: (value, reactionMs) => presence.answer(value, reactionMs),
  });
  const presence = new Presence({ prompt, send: commands.answer, tell });
  allowPicture(part("video"), part("picture-button"), lecture.policy.countsPicture);
  return {
    prompt,
    presence,
    proof: new Proof({
      line: part("proof"), words: part("proof-words"), link: part("proof-link"), lesson: lecture.keptAs, say, language,
    }),
    captions: new Captions({
      video: part("video"), line: part("caption"), button: part("captions"), word: part("captions-word"),
      badge: part("captions-language"), say, language,
    }),
    transcript: new Transcript(part("script"), commands.goTo),
    bar: wireControls(root, commands, say),
  };
}

/** Offer the small window where the rule counts it, and put it away where it does not. */
function allowPicture(video, button, isCounted) {
  video.disablePictureInPicture = !isCounted;
  button.hidden = !isCounted || !document.pictureInPictureEnabled;
  button.addEventListener("click", () => {
    const isOpen = document.pictureInPictureElement === video;
    (isOpen ? document.exitPictureInPicture() : video.requestPictureInPicture()).catch(() => {});
  });
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
