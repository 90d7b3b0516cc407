/**
 * What a beat says of the player at the moment it is sent.
 *
 * Gathers it from the tally, the video and the facts; judges nothing.
 */

import { bitsOf, circumstances } from "./flags.js";
import { wireState } from "./machine.js";

/** Return the report of a lecture room. */
export function reportOf({ tally, video, facts, captions, playhead, offlineSeconds }) {
  return {
    claims: tally.claims,
    playedMs: tally.playedMs,
    positionS: Math.floor(video.currentTime),
    state: wireState(facts),
    // Who is asked something is not done: a good-bye would take the question away.
    isEnded: facts.media === "ended" && facts.check === "none",
    flags: bitsOf({
      ...circumstances(video),
      captions: captions.isOn,
      offline: offlineSeconds > 0,
      noFrames: playhead.hadNoFrames,
    }),
  };
}
