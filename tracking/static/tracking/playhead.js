/**
 * The playhead: the video element, kept within the rules and sampled into the tally.
 *
 * Knows positions, speeds and when to sample; nothing of sockets, words or states. Whether
 * playing may count is asked of `mayCount` at every sample.
 */

import { end } from "./runs.js";
import { allowedPercent, isTooFar, landing, nextMissed } from "./speeds.js";

/** Less than this is the grain of the clock. */
const RAN_ON_MS = 20;

export class Playhead {
  #ownPauses = 0;
  #isMakingUp = false;
  #dueS = null;
  #isCounting = false;
  #stoppedMs = null; // where counting stopped, while the video may have run on a little
  #frames = 0;
  #framesAtBeat = 0;

  /** `tell(event, detail)`: seconds · madeUp · tooFar · notAllowed. */
  constructor({ video, tally, rules, mayCount, tell }) {
    Object.assign(this, { video, tally, rules, mayCount, tell });
    this.ratePercent = rules.firstPercent;
    this.wishPercent = Math.min(100, rules.firstPercent);
    this.#countFrames();
  }

  get positionMs() {
    return this.video.currentTime * 1_000;
  }

  get isRunning() {
    return !this.video.paused && !this.video.seeking && !document.hidden;
  }

  /** Sample the video. `hasJumped` says that a seek, not playing, brought it here. */
  sample(hasJumped = false) {
    const { positionMs, video } = this;
    const ratePercent = Math.round(video.playbackRate * 100);
    // A seek already stands at its goal: what plays from there counts, even if its end is heard of late.
    const isCounting = !video.paused && ratePercent <= this.ratePercent && this.mayCount();
    const isJump = hasJumped || video.seeking;
    const sample = { positionMs, nowMs: performance.now(), ratePercent, isCounting, hasJumped: isJump };
    const completed = this.tally.sample(sample);
    if (this.#isCounting && !isCounting) this.#stoppedMs = positionMs;
    this.#isCounting = isCounting;
    if (!isJump) this.tally.reach(positionMs);
    if (completed) this.tell("seconds", { completed });
    if (this.#isMakingUp && this.isRunning) this.#makeUp();
  }

  /** Go somewhere already played; further is not offered. */
  goTo(positionMs) {
    if (positionMs > this.tally.reachedMs + 1_000) this.tell("tooFar");
    this.video.currentTime = landing(positionMs, this.tally.reachedMs) / 1_000;
  }

  /** A seek began, by us, a media key or anyone: what is unseen plays in order. */
  seeking() {
    this.sample(true);
    this.#stoppedMs = null;
    if (isTooFar(this.positionMs, this.tally.reachedMs)) this.goTo(this.positionMs);
  }

  /** Put the playhead at a second as soon as the video knows its own length. */
  place(positionS = this.#dueS) {
    this.#dueS = positionS;
    if (positionS === null || this.video.readyState < 1) return;
    this.#dueS = null;
    if (Math.abs(this.video.currentTime - positionS) > 0.01) this.goTo(positionS * 1_000);
  }

  /** Seconds that no session takes any more: those just played are gone back to. */
  playAgain(runs) {
    if (runs.length && Math.floor(this.video.currentTime) - end(runs) <= 1) this.place(runs[0][0]);
  }

  /** From the end, play again: the first missed second, or the beginning. */
  rewindIfEnded() {
    if (this.video.ended) this.goTo((this.tally.receipt().lost[0]?.[0] ?? 0) * 1_000);
  }

  /** Begin to make up the missed seconds; false when there are none. */
  beginMakingUp() {
    const [first] = this.tally.receipt().lost;
    this.#isMakingUp = Boolean(first);
    if (first) this.goTo(first[0] * 1_000);
    return this.#isMakingUp;
  }

  stopMakingUp() {
    this.#isMakingUp = false;
  }

  /** Make the video run or rest; a refusal by the browser to run is told as `silent`. */
  drive(isToRun) {
    const { video } = this;
    if (isToRun && video.paused && !video.ended && !video.error) {
      this.#goBackToCounted();
      video.play().catch((error) => error.name === "NotAllowedError" && this.tell("notAllowed"));
    } else if (!isToRun && !video.paused) {
      this.#ownPauses += 1;
      video.pause();
    }
  }

  /** The network took the video away: fetch it again, and go on where it was. */
  recover() {
    const { video } = this;
    if (!video.error) return;
    this.#dueS = Math.floor(video.currentTime);
    video.load();
  }

  /** Say whether the pause just heard was asked for here; each of ours answers once. */
  tookOwnPause() {
    const isOurs = this.#ownPauses > 0;
    if (isOurs) this.#ownPauses -= 1;
    return isOurs;
  }

  /** Set the speed that is allowed here; return it. */
  holdSpeed() {
    const { rules, tally, wishPercent, positionMs } = this;
    const percent = allowedPercent({ wishPercent, ...rules, seen: tally.seen, positionMs });
    if (Math.round(this.video.playbackRate * 100) !== percent) this.video.playbackRate = percent / 100;
    return percent;
  }

  /** Say whether no picture was shown since the last beat although the video ran: evidence only. */
  get hadNoFrames() {
    return "requestVideoFrameCallback" in this.video && this.isRunning && this.#frames === this.#framesAtBeat;
  }

  /** A beat was sent: count pictures from here. */
  beatSent() {
    this.#framesAtBeat = this.#frames;
  }

  /** A page that hides stops counting before its video stops: play that moment again, or its second is lost. */
  #goBackToCounted() {
    const ranOnMs = this.#stoppedMs === null ? 0 : this.positionMs - this.#stoppedMs;
    if (ranOnMs > RAN_ON_MS) this.goTo(this.#stoppedMs);
    this.#stoppedMs = null;
  }

  #makeUp() {
    const { lost } = this.tally.receipt();
    const target = nextMissed(lost, this.positionMs, this.tally.reachedMs);
    if (target === null) return;
    this.#isMakingUp = lost.length > 0;
    const isAllPlayed = target >= (this.tally.durationS - 1) * 1_000;
    if (!this.#isMakingUp && isAllPlayed) this.tell("madeUp");
    else this.goTo(target);
  }

  #countFrames() {
    const seen = () => {
      this.#frames += 1;
      this.video.requestVideoFrameCallback(seen);
    };
    this.video.requestVideoFrameCallback?.(seen);
  }
}
