/**
 * What to say about a state: the phase and its circumstances, turned into the page's sentences.
 *
 * Knows which sentence belongs to which phase; nothing of the page's elements. Everything it
 * needs comes in one plain view, so that each state can be asked for in a test.
 */

import { kindOf } from "./kinds.js";
import { phase as phaseOf } from "./machine.js";
import { clockText } from "./receipt.js";

const OFFLINE = new Set(["offline", "offline_idle", "offline_playing"]);

/** Return all the words and switches `Screen.drawPhase` shows. */
export function status(view) {
  const phase = phaseOf(view.facts);
  return {
    phase,
    sub: refinement(view, phase),
    small: small(view, phase),
    note: note(view, phase),
    link: { text: link(view), isUp: view.facts.link === "open" },
    device: device(view),
    veil: veil(view, phase),
    fills: fills(view, phase),
  };
}

/** A phase may mean two things to a learner: say the more telling one. */
function refinement({ facts, isComplete, isReplaying, hasPlayed }, phase) {
  if (phase === "uncounted") return facts.refusal ?? "capped";
  if (phase === "refused" && facts.refusal !== "auth") return facts.refusal;
  if (phase === "playing" && isReplaying) return "replaying";
  if ((phase === "done" || phase === "idle") && isComplete) return "complete";
  if (phase === "idle" && !hasPlayed) return "still";
  return phase;
}

function small({ say, lastAckMs, nowMs, saved, pendingS, lastTime }, phase) {
  if (phase === "offline_playing") return say("small.kept", { n: pendingS });
  if (OFFLINE.has(phase) || phase === "taken") {
    return lastAckMs === null ? say("small.saved", { saved }) : say("small.last", { time: lastTime });
  }
  if (phase !== "playing" && phase !== "waiting") return say("small.saved", { saved });
  if (lastAckMs === null) return say("small.first");
  return say("small.confirmed", { n: Math.max(0, Math.round((nowMs - lastAckMs) / 1_000)) });
}

function note({ say, awaitingS }, phase) {
  if (!awaitingS) return say("note.none");
  if (OFFLINE.has(phase)) return say("note.offline");
  return say(phase === "taken" ? "note.taken" : "note.live");
}

function link({ say, facts, latencyMs, retryS }) {
  if (facts.link === "open") return latencyMs === null ? say("link.opened") : say("link.open", { ms: latencyMs });
  if (facts.link === "lost") return retryS > 0 ? say("link.lost", { n: retryS }) : say("link.trying");
  return say(`link.${facts.link}`);
}

function device({ say, facts, other }) {
  if (facts.refusal === "taken") return other?.label ? say("device.other", { device: other.label }) : say("device.elsewhere");
  return say(facts.link === "open" ? "device.here" : "device.none");
}

/** Return which card lies over the picture, if any. */
function veil({ facts, hasStayed }, phase) {
  if (phase === "taken") return hasStayed ? null : "taken";
  if (phase === "connecting") return facts.wantsToPlay ? "connecting" : null;
  return ["offline", "hidden", "refused", "check", "missed", "capped"].includes(phase) ? phase : null;
}

/** Return the changing sentences of the card shown. */
function fills(view, phase) {
  const { say, saved, missedTime } = view;
  const filling = {
    offline: () => ({ offline: offline(view) }),
    taken: () => taken(view),
    check: () => ({ check: check(view) }),
    missed: () => ({ missed: say("veil.missed", { time: missedTime, saved }) }),
    hidden: () => ({ hidden: say("veil.hidden", { saved }) }),
    capped: () => ({ capped: say("veil.capped", { saved }) }),
    refused: () => refused(view),
  }[phase];
  return filling?.() ?? {};
}

function offline({ say, saved, pendingS, attempt, retryS }) {
  const key = pendingS ? "veil.offline.kept" : "veil.offline";
  return say(key, { saved, kept: clockText(pendingS), attempt, n: Math.max(retryS, 0) });
}

/** What a check asks, how long it waits, and that a miss takes nothing away. */
export function check({ say, saved, answerS, checkKind }) {
  return answerS ? say(`veil.${checkKind}`, { n: answerS, saved }) : say("veil.late", { saved });
}

function refused({ say, facts, saved }) {
  const key = `veil.refused.${facts.refusal}`;
  return { "refused-title": say(key), refused: say(`${key}.text`, { saved }) };
}

function taken({ say, other, saved, here }) {
  const words = { take: say(`take.${here}`), stay: say(`stay.${kindOf(other?.label ?? "")}`) };
  return { ...words, taken: holder(say, other, saved) };
}

function holder(say, other, saved) {
  if (!other) return say("veil.taken.unknown", { saved });
  const minutes = Math.floor((other.since_ms ?? 0) / 60_000);
  const ago = minutes < 1 ? say("ago.now") : say("ago.minutes", { n: minutes });
  return say("veil.taken", { ago, device: other.label || say("device.unknown"), number: other.number, saved });
}
