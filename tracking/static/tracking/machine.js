/**
 * The player's state machine: facts in, one phase out, and whether the video may run.
 *
 * Knows events and precedence; nothing of the page, the socket or the clock. The phase is never
 * stored: it follows from the facts, so two events cannot leave it contradicting itself.
 *
 * Phases (TRACKING §2): connecting → idle ⇄ playing ⇄ {waiting, hidden, check}; a lost connection
 * is offline_playing until 240 unacknowledged seconds, then offline (forced pause); a check nobody
 * answered is missed; another device is taken; a refusal by the server is refused; today's cap is
 * capped; watching without counting is uncounted (the year is closed, the course suspended, or the
 * cap reached and the learner watches on); the end is done.
 */

/** Unacknowledged seconds after which the video stops: under the server's cap of 300 s. */
export const OFFLINE_STOP_S = 240;

/** Refusals under which the lecture may still be watched, without counting. */
const UNCOUNTED = new Set(["year_closed", "edition_suspended"]);

/** Return the facts of a page that has just loaded; the rule may count it hidden, or in a small window. */
export function newFacts({ countsHidden = false, countsPicture = false } = {}) {
  return {
    countsHidden,
    countsPicture,
    link: "connecting", // connecting | open | lost | resting | refused
    refusal: null, // taken | auth | gone | version | year_closed | edition_suspended
    hasSession: false, // a session of this page can still be resumed, so played seconds can count
    media: "paused", // paused | playing | waiting | ended
    isUnseen: false, // it was opened behind another page, and has asked for no place yet
    wantsToPlay: false, // the learner's own wish; our pauses do not touch it
    isHidden: false,
    isInPicture: false,
    check: "none", // none | asked | missed
    isCapped: false,
    watchesOn: false, // past today's cap, by the learner's own wish
    pendingS: 0,
  };
}

const transitions = {
  // A page nobody has looked at takes no place: another tab may be playing.
  unseen: (facts) => ({ ...facts, link: "resting", isUnseen: true }),
  connecting: (facts) => ({
    ...facts,
    link: facts.link === "lost" ? "lost" : "connecting",
    refusal: null,
    isUnseen: false,
  }),
  opened: (facts) => ({ ...facts, link: "open", refusal: null, hasSession: true }),
  // A check still open is asked again by the next session; here it closes with the connection.
  lost: (facts) => ({ ...facts, link: "lost", check: "none" }),
  rested: (facts) => ({ ...facts, link: "resting", hasSession: false, check: "none" }),
  refused: (facts, { code }) => ({
    ...facts,
    link: "refused",
    refusal: code,
    hasSession: false,
    check: "none",
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
  picture: (facts, { isOn }) => ({ ...facts, isInPicture: isOn }),
  pending: (facts, { seconds }) => ({ ...facts, pendingS: seconds }),
  asked: (facts) => ({ ...facts, check: "asked" }),
  // Nobody was there: nothing plays on by itself until somebody is.
  missed: (facts) => ({ ...facts, check: "missed", wantsToPlay: false }),
  cleared: (facts) => ({ ...facts, check: "none" }),
  capped: (facts, { isCapped }) => ({
    ...facts,
    isCapped,
    watchesOn: isCapped && facts.watchesOn,
    wantsToPlay: facts.wantsToPlay && (!isCapped || facts.isCapped),
  }),
  watchOn: (facts) => ({ ...facts, watchesOn: facts.isCapped, wantsToPlay: true }),
};

/** Return the facts after an event; an event nobody knows is a mistake in the caller. */
export function next(facts, name, detail = {}) {
  const transition = transitions[name];
  if (!transition) throw new Error(`no such event: ${name}`);
  return transition(facts, detail);
}

/** Say whether the learner cannot see the lecture, so far as the rule minds. */
export function isAway({ isHidden, isInPicture, countsHidden, countsPicture }) {
  return isHidden && !countsHidden && !(isInPicture && countsPicture);
}

/** Say whether the page allows the video to run, whatever the learner wishes. */
export function mayRun(facts) {
  if (isAway(facts) || facts.check === "missed") return false;
  if (facts.link === "refused") return UNCOUNTED.has(facts.refusal);
  if (facts.isCapped && !facts.watchesOn) return false;
  if (facts.link === "open") return true;
  // Without a session nothing played could ever count; the video waits for one.
  return facts.link !== "resting" && facts.hasSession && facts.pendingS < OFFLINE_STOP_S;
}

/** Say whether the video should be running now. */
export function shouldRun(facts) {
  return facts.wantsToPlay && mayRun(facts);
}

/** Say whether headphones or media keys ask to play, where the page's own button would do. */
export function isStartedOutside(facts) {
  return !facts.wantsToPlay && ["idle", "done", "uncounted", "offline_idle"].includes(phase(facts));
}

/** Say whether what is played now can count (the counter still judges each stretch). */
export function mayCount(facts) {
  const isSmallUnheeded = facts.isInPicture && !facts.countsPicture;
  return mayRun(facts) && facts.link !== "refused" && !facts.isCapped && !isSmallUnheeded;
}

/**
 * Return the one phase to show. Precedence is the server's word first (UX §3):
 * uncounted > taken > refused > missed > offline > hidden > check > capped > the video's own state.
 * A question has its deadline whether or not the lecture or the day has ended: it must be seen.
 */
export function phase(facts) {
  if (facts.link === "refused") return refusalPhase(facts);
  if (facts.check === "missed") return "missed";
  if (facts.link === "lost") return offlinePhase(facts);
  if (isAway(facts)) return "hidden";
  if (facts.check === "asked") return "check";
  if (facts.isCapped) return facts.watchesOn ? "uncounted" : "capped";
  if (facts.media === "ended") return "done";
  if (isConnecting(facts)) return "connecting";
  if (!facts.wantsToPlay) return "idle";
  return facts.media === "playing" ? "playing" : "waiting";
}

/** Say whether somebody sits before a page at rest who has pressed play already, or sees it for the first time. */
export function isLeftWaiting(facts) {
  return facts.link === "resting" && (facts.wantsToPlay || facts.isUnseen) && !isAway(facts);
}

/** A session that is resumed plays on meanwhile; only one that is not there yet is waited for. */
function isConnecting(facts) {
  return (facts.link === "connecting" && !facts.hasSession) || isLeftWaiting(facts);
}

function refusalPhase(facts) {
  if (UNCOUNTED.has(facts.refusal)) return "uncounted";
  return facts.refusal === "taken" ? "taken" : "refused";
}

/** A lost connection: playing on, resting while paused, or stopped because of it. */
function offlinePhase(facts) {
  if (facts.wantsToPlay && !mayRun(facts) && !isAway(facts)) return "offline";
  if (facts.wantsToPlay && facts.media === "waiting") return "offline";
  return facts.wantsToPlay && facts.media === "playing" ? "offline_playing" : "offline_idle";
}

/** Return the wire's letter for the state of a beat: playing, waiting, hidden or idle. */
export function wireState(facts) {
  if (isAway(facts)) return "h";
  if (!shouldRun(facts)) return "i";
  return facts.media === "playing" ? "p" : "w";
}
