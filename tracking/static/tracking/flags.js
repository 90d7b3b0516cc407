/**
 * The circumstances of a beat, as bits: evidence for the auditor, never a reason to withhold.
 *
 * Source: TRACKING §2, `hb.f`.
 */

const BIT = { muted: 1, unfocused: 2, pictureInPicture: 4, captions: 8, offline: 16, noFrames: 32, automation: 64 };

/** Return the bits of the facts that hold. */
export function bitsOf(facts) {
  return Object.entries(BIT).reduce((bits, [name, bit]) => (facts[name] ? bits | bit : bits), 0);
}

/** Return what holds in this browser now. */
export function circumstances(video) {
  return {
    muted: video.muted || video.volume === 0,
    unfocused: !document.hasFocus(),
    pictureInPicture: document.pictureInPictureElement != null,
    automation: navigator.webdriver,
  };
}
