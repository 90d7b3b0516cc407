/**
 * The lecture room: wires the video, the connection and the page together.
 *
 * Knows which event of the browser means what to the state machine. What counts is `counter`'s,
 * what is claimed `pending`'s, what goes over the wire `socket`'s, what is shown `screen`'s, and
 * what is true the server's.
 */

import { deviceName } from "./device.js";
import { listenToPage, listenToVideo } from "./events.js";
import { bitsOf, circumstances } from "./flags.js";
import { furnish, playheadCommands } from "./furniture.js";
import { lectureOf } from "./lecture.js";
import { Line } from "./line.js";
import { mayCount, newFacts, next, phase, shouldRun, wireState } from "./machine.js";
import { Playhead } from "./playhead.js";
import { clockText } from "./receipt.js";
import { has } from "./runs.js";
import { Screen } from "./screen.js";
import { Connection } from "./socket.js";
import { status } from "./status.js";
import * as store from "./store.js";
import { Tally } from "./tally.js";
import { ticketOffice } from "./tickets.js";
import { wordsOf } from "./words.js";

const TICK_MS = 250;
/** A tick this late means the computer slept or the page was frozen: the socket may be dead. */
const JUMP_MS = 5_000;

class LectureRoom {
  facts = newFacts();
  line = new Line();
  #lastTickMs = Date.now();
  #hasStayed = false;
  #hasPlayed = false;
  #hasPlace = false;
  #offlineSeconds = 0;
  #drawnReceipt = null;

  constructor(root) {
    const lecture = lectureOf(root.dataset);
    Object.assign(this, { root, lecture, language: document.documentElement.lang });
    this.video = root.querySelector("[data-video]");
    this.say = wordsOf(root.querySelector("#lecture-words"), this.language);
    this.tally = new Tally(lecture);
    this.screen = new Screen(root, this.say, { ...lecture, durationS: this.tally.durationS });
    this.playhead = new Playhead({
      video: this.video,
      tally: this.tally,
      rules: lecture.rules,
      mayCount: () => mayCount(this.facts),
      tell: (event, detail) => this.#playheadTells(event, detail),
    });
    this.connection = new Connection({
      fetchTicket: ticketOffice(lecture.tickets),
      report: () => this.#report(),
      tell: (event, detail) => this.#connectionTells(event, detail),
      device: deviceName(),
    });
  }

  /** Open the room: restore what an earlier page kept, listen, and connect. */
  async start() {
    const { captions, transcript, bar, prompt } = furnish(this.root, this.#commands(), this.say, this.language);
    Object.assign(this, { captions, transcript, bar, prompt });
    listenToVideo(this.video, this.playhead, (event) => this.#happened(event));
    listenToPage(this.playhead, (event) => this.#happened(event));
    const kept = await store.load(this.lecture.keptAs);
    if (kept) this.tally.restore(kept.runs);
    this.playhead.place(this.lecture.resumeS);
    if (this.lecture.obstacle) {
      this.screen.notify(this.say(`say.${this.lecture.obstacle}`), true);
      this.#dispatch("refused", { code: this.lecture.obstacle });
    } else this.connection.start({ previous: kept ? { sid: kept.session, c: kept.runs.slice(0, 16) } : null });
    setInterval(() => this.#tick(), TICK_MS);
  }

  #commands() {
    return {
      ...playheadCommands(this.video, this.playhead),
      playOrPause: () => (shouldRun(this.facts) ? this.#wish(false) : this.#play()),
      playMissed: () => this.#playMissed(),
      wishSpeed: (percent) => this.#wishSpeed(percent),
      toggleCaptions: () => this.captions.toggle(),
      retry: () => this.connection.retryNow(),
      take: () => this.#takeOver(),
      stay: () => this.#stay(),
      answer: (id, value, reactionMs) => this.connection.answer(id, value, reactionMs),
    };
  }

  #play() {
    this.#hasStayed = false;
    this.#hasPlayed = true;
    this.playhead.rewindIfEnded();
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

  #playMissed() {
    if (this.playhead.beginMakingUp() && !this.facts.wantsToPlay) this.#play();
  }

  #wishSpeed(percent) {
    this.playhead.wishPercent = percent;
    const held = this.playhead.holdSpeed();
    this.screen.notify(held < percent ? this.say("say.slowed", { speed: (held / 100).toFixed(1) }) : "");
  }

  #takeOver() {
    this.#hasStayed = false;
    this.#hasPlayed = true;
    this.#hasPlace = false;
    this.connection.start({ isTakeover: true });
    this.#wish(true);
  }

  #stay() {
    this.#hasStayed = true;
    this.#draw();
  }

  /** Take an event of the video or the page. */
  #happened(event) {
    const { connection } = this;
    const acts = {
      paused: () => {
        const isOurs = this.playhead.tookOwnPause();
        if (!this.video.ended) this.#dispatch("paused", { isOurs });
      },
      sound: () => this.bar.showSound(this.video),
      failed: () => {
        this.screen.notify(this.say("say.video"));
        this.#dispatch("wish", { isToPlay: false });
      },
      woke: () => connection.renew(),
      left: () => connection.leave("unload"),
      returned: () => this.lecture.obstacle || connection.start(),
      online: () => connection.retryNow(),
    };
    if (event === "moved") return;
    if (["playing", "waiting", "ended", "hidden", "shown"].includes(event)) this.#dispatch(event);
    else acts[event]?.();
    // Whatever changed, the server hears of it at once (TRACKING §2, state flush).
    connection.flush();
  }

  #playheadTells(event, { completed } = {}) {
    if (event === "tooFar") this.screen.notify(this.say("say.order"));
    else if (event === "notAllowed") this.#dispatch("wish", { isToPlay: false });
    else if (event === "madeUp") this.#wish(false);
    else if (event === "seconds") {
      if (!this.connection.isOpen) this.#offlineSeconds += completed;
      this.#keep();
      this.#dispatch("pending", { seconds: this.tally.pendingS });
    }
  }

  #connectionTells(event, detail = {}) {
    const hearers = {
      connecting: () => this.#dispatch("connecting"),
      opened: () => this.#opened(detail),
      sent: () => this.tally.sent(detail.q, detail.claims),
      acked: () => this.#acked(detail),
      lost: () => this.#lost(detail),
      refused: () => this.#refused(detail),
      rested: () => this.#dispatch("rested"),
      check: () => this.#check(detail),
      checked: () => this.#check(null),
    };
    hearers[event]?.();
  }

  #opened({ ok, isResumed }) {
    this.tally.opened(ok, isResumed);
    this.playhead.ratePercent = ok.rate;
    this.line.heldBy(null);
    if (!this.#hasPlace) this.playhead.place(ok.pos);
    this.#hasPlace = true;
    this.#keep();
    this.#dispatch("pending", { seconds: this.tally.pendingS });
    this.#dispatch("opened");
    this.#tellHowItWent();
  }

  #acked({ q, rem, isProvisional, latencyMs }) {
    this.tally.acknowledged(q, rem, isProvisional);
    this.line.acknowledged(Date.now(), latencyMs);
    if (this.tally.pendingS === 0) this.#offlineSeconds = 0;
    this.#keep();
    this.#dispatch("pending", { seconds: this.tally.pendingS });
    this.#tellHowItWent();
  }

  #lost(detail) {
    this.line.lost(Date.now(), detail, this.tally.receipt().lostS);
    this.#dispatch("lost");
  }

  #refused({ code, who, isBusy }) {
    this.line.heldBy(who);
    // A page that only lies open does not ask for the place: it asks when play is pressed.
    this.#hasStayed = Boolean(isBusy) && !this.#hasPlayed;
    if (code === "year_closed" || code === "edition_suspended") this.screen.notify(this.say(`say.${code}`), true);
    this.#dispatch("refused", { code });
  }

  #check(check) {
    if (check) this.prompt.open(check);
    else this.prompt.close();
    this.#dispatch("checked", { isOpen: check !== null });
  }

  /** After a reconnection: say what became of the time offline, until nothing is open any more. */
  #tellHowItWent() {
    const said = this.line.aftermath(this.tally.receipt().lostS, this.tally.pendingS);
    if (said) this.screen.notify(this.say(...said));
  }

  /** Return what a beat says, at the moment it is sent. */
  #report() {
    return {
      claims: this.tally.claims,
      playedMs: this.tally.playedMs,
      positionS: Math.floor(this.video.currentTime),
      state: wireState(this.facts),
      flags: bitsOf({
        ...circumstances(this.video),
        captions: this.captions.isOn,
        offline: this.#offlineSeconds > 0,
        noFrames: this.playhead.hadNoFrames(),
      }),
    };
  }

  #dispatch(name, detail) {
    this.facts = next(this.facts, name, detail);
    this.playhead.drive(shouldRun(this.facts));
    this.#draw();
  }

  #tick() {
    const nowMs = Date.now();
    const isLate = nowMs - this.#lastTickMs > JUMP_MS + TICK_MS;
    this.#lastTickMs = nowMs;
    this.playhead.sample();
    this.playhead.holdSpeed();
    if (isLate && !document.hidden) this.connection.renew();
    this.#draw();
  }

  /** Keep on disk what awaits an answer, for a page that dies. */
  #keep() {
    if (this.connection.session) store.save(this.lecture.keptAs, this.connection.session, this.tally.pending);
  }

  #draw() {
    const receipt = this.tally.receipt();
    if (receipt !== this.#drawnReceipt) this.screen.drawReceipt(receipt);
    this.#drawnReceipt = receipt;
    this.screen.drawPosition(this.video.currentTime);
    this.screen.drawStatus(status(this.#view(receipt)));
    this.prompt.draw();
    this.screen.drawComplete(receipt.creditedS >= this.lecture.neededS);
    this.bar.showPlaying(shouldRun(this.facts));
    this.transcript.draw(this.playhead.positionMs, this.tally.reachedMs);
  }

  #view(receipt) {
    return {
      ...this.line.view(Date.now(), this.language),
      say: this.say,
      facts: this.facts,
      saved: clockText(receipt.creditedS),
      awaitingS: receipt.awaitingS,
      pendingS: this.tally.pendingS,
      isComplete: receipt.creditedS >= this.lecture.neededS,
      isReplaying: this.tally.pendingS === 0 && has(receipt.credited, Math.floor(this.video.currentTime)),
      answerS: this.prompt.answerS,
      hasPlayed: this.#hasPlayed,
      hasStayed: this.#hasStayed,
    };
  }
}

const root = document.querySelector("main.lecture");
if (root) new LectureRoom(root).start();
