/**
 * All that `status` words, gathered from the room at one moment.
 *
 * Knows where each fact stands; decides nothing.
 */

import { kindOf } from "./kinds.js";
import { clockText } from "./receipt.js";
import { has } from "./runs.js";

/** Return the view of a lecture room and its receipt. */
export function viewOf(room, receipt) {
  const { facts, lecture, language, line, presence, say, tally, video } = room;
  const isComplete = receipt.creditedS >= lecture.neededS;
  return {
    ...line.view(Date.now(), language),
    say,
    facts,
    saved: clockText(receipt.creditedS),
    awaitingS: receipt.awaitingS,
    pendingS: tally.pendingS,
    isComplete,
    isReplaying: tally.pendingS === 0 && has(receipt.credited, Math.floor(video.currentTime)),
    answerS: presence.answerS,
    checkKind: presence.kind,
    missedTime: timeText(presence.missedAt, language),
    here: kindOf(navigator.userAgent),
    hasPlayed: room.hasPlayed,
    hasStayed: room.hasStayed,
  };
}

function timeText(atMs, language) {
  return atMs ? new Date(atMs).toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit", hour12: false }) : "";
}
