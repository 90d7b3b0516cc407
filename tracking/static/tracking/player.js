/**
 * The lecture room: wires the video, the connection and the page together.
 *
 * Knows which event of the browser means what to the state machine. What counts is `counter`'s,
 * what is claimed `pending`'s, what goes over the wire `connection`'s, what is shown `screen`'s,
 * and what is true the server's.
 */

import { chime } from "./chime.js";
import { Connection } from "./connection.js";
import { leaveVideoScreen } from "./controls.js";
import { deviceName } from "./device.js";
import { listenToPage, listenToVideo, sightOf } from "./events.js";
import { furnish, playheadCommands } from "./furniture.js";
import { lectureOf } from "./lecture.js";
import { Line } from "./line.js";
import { isLeftWaiting, isStartedOutside, mayCount, newFacts, next, phase, shouldRun } from "./machine.js";
import { Playhead } from "./playhead.js";
import { reportOf } from "./report.js";
import { Screen } from "./screen.js";
import { check as checkWords, status } from "./status.js";
import * as store from "./store.js";
import { Tally } from "./tally.js";
import { ticketOffice } from "./tickets.js";
import { viewOf } from "./view.js";
import { wordsOf } from "./words.js";

const TICK_MS = 250;
/** A tick this late means the computer slept or the page was frozen: the socket may be dead. */
const JUMP_MS = 5_000;

class LectureRoom {
  line = new Line();
  hasStayed = false;
  hasPlayed = false;
  offlineSeconds = 0;
  #lastTickMs = Date.now();
  #hasPlace = false;

  constructor(root) {
    const lecture = lectureOf(root.dataset);
    Object.assign(this, { root, lecture, language: document.documentElement.lang, facts: newFacts(lecture.policy) });
    this.video = root.querySelector("[data-video]");
    this.say = wordsOf(root.querySelector("#lecture-words"), this.language);
    this.tally = new Tally(lecture);
    this.screen = new Screen(root, this.say, { ...lecture, durationS: this.tally.durationS });
    this.playhead = new Playhead({
      video: this.video,
      tally: this.tally,
      rules: lecture.rules,
      mayCount: () => mayCount({ ...this.facts, ...sightOf(this.video) }),
      tell: (event, detail) => this.#playheadTells(event, detail),
    });
    this.connection = new Connection({
      fetchTicket: ticketOffice(lecture.tickets),
      report: () => reportOf(this),
      tell: (event, detail) => this.#connectionTells(event, detail),
      device: deviceName(),
    });
  }

  /** Open the room: restore what an earlier page kept, listen, and connect. */
  async start() {
    Object.assign(this, furnish(this, this.#commands(), (event, detail) => this.#presenceTells(event, detail)));
    listenToVideo(this.video, this.playhead, (event) => this.#happened(event));
    listenToPage(this.playhead, (event) => this.#happened(event));
    this.proof.restore();
    const kept = await store.load(this.lecture.keptAs);
    if (kept) {
      this.tally.restore(kept.runs);
      this.connection.previous = { sid: kept.session, c: kept.runs.slice(0, 16) };
    }
    this.playhead.place(this.lecture.resumeS);
    if (this.lecture.obstacle) {
      this.screen.notify(this.say(`say.${this.lecture.obstacle}`), true);
      this.#dispatch("refused", { code: this.lecture.obstacle });
    } else if (this.facts.isHidden) this.#dispatch("unseen");
    else this.connection.start();
    setInterval(() => this.#tick(), TICK_MS);
  }

  #commands() {
    return {
      ...playheadCommands(this.video, this.playhead),
      playOrPause: () => (shouldRun(this.facts) ? this.#wish(false) : this.#play()),
      playMissed: () => this.playhead.beginMakingUp() && !this.facts.wantsToPlay && this.#play(),
      wishSpeed: (percent) => this.#wishSpeed(percent),
      toggleCaptions: () => this.captions.toggle(),
      retry: () => this.connection.retryNow(),
      take: () => this.#takeOver(),
      stay: () => Object.assign(this, { hasStayed: true }).#draw(),
      watchOn: () => this.#dispatch("watchOn"),
      answer: (...answer) => this.connection.answer(...answer),
      goOn: () => (this.video.ended ? this.presence.goOn() : this.#play()),
    };
  }

  #play() {
    Object.assign(this, { hasStayed: false, hasPlayed: true });
    this.presence.goOn();
    this.playhead.rewindIfEnded();
    this.playhead.recover();
    // The other device may be gone by now: ask for the place, and take it only if the learner says so.
    if (phase(this.facts) === "taken") this.#hasPlace = false;
    if (["resting", "refused"].includes(this.facts.link) && !this.lecture.obstacle) this.connection.start();
    this.connection.retryNow();
    this.#wish(true);
  }

  #wish(isToPlay) {
    if (!isToPlay) this.playhead.stopMakingUp();
    this.#dispatch("wish", { isToPlay });
    this.connection.flush();
  }

  #wishSpeed(percent) {
    this.playhead.wishPercent = percent;
    const held = this.playhead.holdSpeed();
    this.screen.notify(held < percent ? this.say("say.slowed", { speed: (held / 100).toFixed(1) }) : "");
  }

  #takeOver() {
    Object.assign(this, { hasStayed: false, hasPlayed: true });
    this.#hasPlace = false;
    this.connection.start({ isTakeover: true });
    this.#wish(true);
  }

  /** Take an event of the video or the page. */
  #happened(event) {
    const { connection } = this;
    const acts = {
      paused: () => {
        const isOurs = this.playhead.tookOwnPause();
        if (!this.video.ended) this.#dispatch("paused", { isOurs });
      },
      started: () => isStartedOutside(this.facts) && !this.video.paused && this.#play(),
      picture: () => this.#dispatch("picture", { isOn: sightOf(this.video).isInPicture }),
      sound: () => this.bar.showSound(this.video),
      failed: () => this.#failed(),
      froze: () => connection.freeze(),
      woke: () => connection.renew(),
      shown: () => isLeftWaiting(this.facts) && connection.start(),
      left: () => this.#left(),
      returned: () => this.lecture.obstacle || connection.start(),
      online: () => connection.retryNow(),
    };
    if (event === "moved") return;
    if (["playing", "waiting", "ended", "hidden", "shown"].includes(event)) this.#dispatch(event);
    acts[event]?.();
    // Whatever changed, the server hears of it at once (TRACKING §2, state flush).
    connection.flush();
    if (event === "hidden") connection.hide();
  }

  /** The video cannot be had: offline it is waited for, else the learner is asked to try again. */
  #failed() {
    if (this.facts.link !== "open") return this.#dispatch("waiting");
    this.screen.notify(this.say("say.video"));
    this.#wish(false);
  }

  /** The page goes; should the browser keep it and bring it back, it begins at the server's place. */
  #left() {
    this.connection.leave();
    this.#hasPlace = false;
    if (this.facts.link !== "refused") this.#dispatch("rested");
  }

  #playheadTells(event, { completed } = {}) {
    if (event === "tooFar") this.screen.notify(this.say("say.order"));
    else if (event === "notAllowed" || event === "madeUp") this.#wish(false);
    else if (event === "seconds") {
      if (!this.connection.isOpen) this.offlineSeconds += completed;
      this.#keep();
      this.#dispatch("pending", { seconds: this.tally.pendingS });
    }
  }

  #connectionTells(event, detail = {}) {
    const hearers = {
      connecting: () => this.#dispatch("connecting"),
      opened: () => this.#opened(detail),
      sent: () => {
        this.tally.sent(detail.q, detail.claims);
        this.playhead.beatSent();
      },
      acked: () => this.#acked(detail),
      lost: () => this.#lost(detail),
      refused: () => this.#refused(detail),
      rested: () => this.#gone("rested"),
      check: () => this.presence.ask(detail),
      checked: () => this.presence.judge(detail),
      receipt: () => this.proof.take(detail),
    };
    hearers[event]?.();
  }

  #opened({ ok, isResumed }) {
    const dropped = this.tally.opened(ok, isResumed);
    this.playhead.ratePercent = ok.rate;
    this.line.heldBy(null);
    if (this.#hasPlace) this.playhead.playAgain(dropped);
    else this.playhead.place(ok.pos);
    this.#hasPlace = true;
    this.#keep();
    this.#dispatch("pending", { seconds: this.tally.pendingS });
    this.playhead.recover();
    this.#dispatch("opened");
    this.#tellHowItWent();
  }

  #acked({ q, rem, isProvisional, isCapped, latencyMs }) {
    this.tally.acknowledged(q, rem, isProvisional);
    this.line.acknowledged(Date.now(), latencyMs);
    if (this.tally.pendingS === 0) this.offlineSeconds = 0;
    this.#keep();
    this.#dispatch("pending", { seconds: this.tally.pendingS });
    this.#dispatch("capped", { isCapped });
    this.#tellHowItWent();
  }

  #lost(detail) {
    this.line.lost(Date.now(), detail, this.tally.receipt().lostS);
    this.#gone("lost");
  }

  #refused({ code, who, isBusy }) {
    this.line.heldBy(who);
    // A page that only lies open does not ask for the place: it asks when play is pressed.
    this.hasStayed = Boolean(isBusy) && !this.hasPlayed;
    if (code === "year_closed" || code === "edition_suspended") this.screen.notify(this.say(`say.${code}`), true);
    this.#gone("refused", { code });
  }

  /** The session cannot be spoken in: a check that was open is asked again by the next. */
  #gone(event, detail) {
    this.presence.forget();
    this.#dispatch(event, detail);
  }

  #presenceTells(event, { isAgain, toS } = {}) {
    if (event === "rewound") {
      this.tally.voided();
      this.playhead.place(toS);
    } else if (event === "wrong") {
      this.screen.notify(this.say("say.wrong"));
      this.#dispatch("cleared");
      // The next beat brings the next question.
      this.connection.flush();
    } else {
      if (event === "cleared") this.tally.confirmed();
      this.#dispatch(event);
    }
    if (event === "asked") leaveVideoScreen(this.video);
    if (event !== "asked" || isAgain) return;
    if (!this.video.muted) chime(this.video.volume);
    if (!this.prompt.hasFocus) this.prompt.announce(checkWords(viewOf(this, this.tally.receipt())));
  }

  /** After a reconnection: say what became of the time offline, until nothing is open any more. */
  #tellHowItWent() {
    const said = this.line.aftermath(this.tally.receipt().lostS, this.tally.pendingS);
    if (said) this.screen.notify(this.say(...said));
  }

  #dispatch(name, detail) {
    this.facts = next(this.facts, name, detail);
    this.playhead.drive(shouldRun(this.facts));
    this.#draw();
  }

  #tick() {
    const isLate = Date.now() - this.#lastTickMs > JUMP_MS + TICK_MS;
    this.#lastTickMs = Date.now();
    this.playhead.sample();
    this.playhead.holdSpeed();
    if (isLate && !document.hidden) this.connection.renew();
    this.presence.tick();
    this.#draw();
  }

  /** Keep on disk what awaits an answer, for a page that dies. */
  #keep() {
    if (this.connection.session) store.save(this.lecture.keptAs, this.connection.session, this.tally.pending);
  }

  #draw() {
    const receipt = this.tally.receipt();
    this.screen.drawReceipt(receipt);
    this.screen.drawPosition(this.video.currentTime);
    this.screen.drawStatus(status(viewOf(this, receipt)));
    this.screen.drawComplete(receipt.creditedS >= this.lecture.neededS);
    this.bar.showPlaying(shouldRun(this.facts));
    this.transcript.draw(this.playhead.positionMs, this.tally.reachedMs);
  }
}

const root = document.querySelector("main.lecture");
if (root) new LectureRoom(root).start();
