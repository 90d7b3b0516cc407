/**
 * The player's state machine: facts in, one phase out, and whether the video may run.
 *
 * Knows events and precedence; nothing of the page, the socket or the clock. The phase is never
 * stored: it follows from the facts, so two events cannot leave it contradicting itself.
 *
 * Phases (TRACKING §2): connecting → idle ⇄ playing ⇄ {waiting, hidden}; a lost connection is
 * offline_playing until 240 unacknowledged seconds, then offline (forced pause); another device
 * is taken; a refusal by the server is refused; watching without counting is uncounted (the year
 * is closed, or the course suspended); the end is done. `check` is the presence check's.
 */

/** Unacknowledged seconds after which the video stops: under the server's cap of 300 s. */
export const OFFLINE_STOP_S = 240;

/** Refusals under which the lecture may still be watched, without counting. */
const UNCOUNTED = new Set(["year_closed", "edition_suspended"]);

/** Return the facts of a page that has just loaded. */
export function newFacts() {
  return {
    link: "connecting", // connecting | open | lost | resting | refused
    refusal: null, // taken | auth | gone | version | year_closed | edition_suspended
    hasSession: false, // a session of this page can still be resumed, so played seconds can count
    media: "paused", // paused | playing | waiting | ended
    wantsToPlay: false, // the learner's own wish; our pauses do not touch it
    isHidden: false,
    hasCheck: false,
    pendingS: 0,
  };
}

const transitions = {
  connecting: (facts) => ({ ...facts, link: facts.link === "lost" ? "lost" : "connecting", refusal: null }),
  opened: (facts) => ({ ...facts, link: "open", refusal: null, hasSession: true }),
  // A check still open is asked again by the next session; here it closes with the connection.
  lost: (facts) => ({ ...facts, link: "lost", hasCheck: false }),
  rested: (facts) => ({ ...facts, link: "resting", hasSession: false, hasCheck: false }),
  refused: (facts, { code }) => ({
    ...facts,
    link: "refused",
    refusal: code,
    hasSession: false,
    hasCheck: false,
    wantsToPlay: facts.wantsToPlay && UNCOUNTED.has(code),
  }),
  wish: (facts, { isToPlay }) => ({ ...facts, wantsToPlay: isToPlay }),
  playing: (facts) => ({ ...facts, media: "playing" }),
  waiting: (facts) => (facts.media === "ended" ? facts : { ...facts, media: "waiting" }),
  // A pause that nothing here asked for is the learner's own: media keys, headphones, the system.
  paused: (facts, { isOurs }) => ({ ...facts, media: "paused", wantsToPlay: facts.wantsToPlay && isOurs }),
  ended: (facts) => ({ ...facts, media: "ended", wantsToPlay: false }),
  hidden: (facts) => ({ ...facts, isHidden: true }),
  shown: (facts) => ({ ...facts, isHidden: false }),
  pending: (facts, { seconds }) => ({ ...facts, pendingS: seconds }),
  checked: (facts, { isOpen }) => ({ ...facts, hasCheck: isOpen }),
};

/** Return the facts after an event; an event nobody knows is a mistake in the caller. */
export function next(facts, name, detail = {}) {
  const transition = transitions[name];
  if (!transition) throw new Error(`no such event: ${name}`);
  return transition(facts, detail);
}

/** Say whether the page allows the video to run, whatever the learner wishes. */
export function mayRun(facts) {
  if (facts.isHidden) return false;
  if (facts.link === "refused") return UNCOUNTED.has(facts.refusal);
  if (facts.link === "open") return true;
  // Without a session nothing played could ever count; the video waits for one.
  return facts.link === "lost" && facts.hasSession && facts.pendingS < OFFLINE_STOP_S;
}

/** Say whether the video should be running now. */
export function shouldRun(facts) {
  return facts.wantsToPlay && mayRun(facts);
}

/** Say whether what is played now can count (the counter still judges each stretch). */
export function mayCount(facts) {
  return mayRun(facts) && facts.link !== "refused";
}

/**
 * Return the one phase to show. Precedence is the server's word first (UX §3):
 * uncounted > taken > refused > offline > hidden > check > the video's own state.
 */
export function phase(facts) {
  if (facts.link === "refused") return refusalPhase(facts);
  if (facts.link === "lost") return offlinePhase(facts);
  if (facts.isHidden) return "hidden";
  if (facts.media === "ended") return "done";
  if (facts.link === "connecting" || (facts.link === "resting" && facts.wantsToPlay)) return "connecting";
  if (facts.hasCheck) return "check";
  if (!facts.wantsToPlay) return "idle";
  return facts.media === "playing" ? "playing" : "waiting";
}

function refusalPhase(facts) {
  if (UNCOUNTED.has(facts.refusal)) return "uncounted";
  return facts.refusal === "taken" ? "taken" : "refused";
}

/** A lost connection: playing on, resting while paused, or stopped because of it. */
function offlinePhase(facts) {
  if (facts.wantsToPlay && !mayRun(facts) && !facts.isHidden) return "offline";
  if (facts.wantsToPlay && facts.media === "waiting") return "offline";
  return facts.wantsToPlay && facts.media === "playing" ? "offline_playing" : "offline_idle";
}

/** Return the wire's letter for the state of a beat: playing, waiting, hidden or idle. */
export function wireState(facts) {
  if (facts.isHidden) return "h";
  if (!shouldRun(facts)) return "i";
  return facts.media === "playing" ? "p" : "w";
}
