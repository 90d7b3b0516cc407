/**
 * The connection: one session of `trk.v1` at a time, opened with a fresh ticket, kept alive, and
 * resumed when lost.
 *
 * Knows messages, their timers and close codes; nothing of video, page or words, and not by which
 * way a message travels (`carrier`). Everything it touches of the world is handed in, so a test
 * can drive it without a network. What a beat says is asked of `report` when it is sent. It tells its
 * owner: connecting · opened · sent · acked · lost · refused · rested · check · checked · receipt.
 */

import { backoffMs, jitteredMs } from "./backoff.js";
import { Carrier } from "./carrier.js";
import { FINAL_CLOSES, FINAL_ERRORS, LAPSED, PATIENT_ATTEMPT, PATIENT_CLOSES, SESSION_ENDED, SESSION_OVER } from "./codes.js";
import { intervalMs, isAtWork, partingReason } from "./rhythm.js";
import { Timers } from "./timers.js";
import { browserWorld } from "./transports.js";

const ANSWER_WITHIN_MS = 10_000;
const FLUSH_APART_MS = 1_000;
const HIDDEN_ACK_WITHIN_MS = 1_500; // a page out of sight may be put to death
/** One lecture's connection to the server. */
export class Connection {
  #stamp = null; // `tok` and `ep` of the session: what proves a request or a beacon
  #inFlight = new Map(); // sequence → when it was sent
  #attempt = 0;
  #sequence = 0;
  #heartbeatMs = 15_000;
  #lastSentMs = -Infinity;
  #idleSinceMs = null;
  #claimRounds = 0;
  #isCapped = false;
  #isTakeover = false;
  #isOpen = false;
  #isWanted = false;
  #isParting = false;

  /** @param {{fetchTicket: function, report: function, tell: function, device: string, world?: object}} parts */
  constructor({ fetchTicket, report, tell, device, world = browserWorld() }) {
    Object.assign(this, { report, tell, device, world });
    this.timers = new Timers(world);
    this.session = null;
    this.previous = null;
    const owner = {
      ready: () => this.#greet(),
      hear: (message) => this.#hear(message),
      closed: (how) => this.#closed(how),
      refused: (code) => this.#refuse(code),
      changed: () => this.#still(),
    };
    this.carrier = new Carrier({ fetchTicket, world, stamp: () => this.#stamp, owner });
  }

  /** Say whether a session is open and beats can go out. */
  get isOpen() {
    return this.#isOpen;
  }

  /** Begin, or begin again after a refusal or a rest; with it goes what `previous` holds of a dead session. */
  start({ isTakeover = false } = {}) {
    this.#isWanted = true;
    this.#attempt = 0;
    this.#idleSinceMs = null;
    this.#connect(isTakeover);
  }

  /** Try at once instead of waiting: the network is back, or the learner pressed the button. */
  retryNow() {
    if (this.timers.has("retry")) this.#connect();
  }

  /** Drop a connection that may be dead without knowing it, and resume: after a sleep or freeze. */
  renew() {
    if (this.#isWanted) this.#connect();
  }

  /** Send a beat soon because the state changed: at once, or 1 s after the last. */
  flush() {
    if (!this.#isOpen) return;
    const waitMs = this.#lastSentMs + FLUSH_APART_MS - this.world.nowMs();
    if (waitMs <= 0) this.#beat();
    else this.timers.set("flush", waitMs, () => this.#beat());
  }

  /** Answer a presence check. */
  answer(id, value, reactionMs) {
    if (this.#isOpen) this.carrier.send({ t: "ans", id, v: value, ms: reactionMs });
  }

  /** The page went out of sight, where it may die unheard: see that what is pending gets out. */
  hide() {
    if (!this.#hasClaims()) return;
    if (!this.#isOpen) this.#beacon("hb");
    // A request outlives the page by itself; what a socket was given may not.
    else if (this.carrier.isSocket) this.timers.set("hidden", HIDDEN_ACK_WITHIN_MS, () => this.freeze());
  }

  /** The page is about to stop: hand over what is pending, and resume when it goes on. */
  freeze() {
    // The beacon moves the epoch on, which fences the socket: leave it before it is told so.
    if (this.#hasClaims() && this.#beacon("hb")) this.renew();
  }

  /** The page goes away, perhaps for good: hand everything over, and stay away until `start`. */
  leave() {
    const isHandedOver = Boolean(this.session) && this.#beacon("bye", { why: "unload" });
    if (!isHandedOver && this.#isOpen) this.#say("bye", { why: "unload" });
    this.#isWanted = false;
    this.#bequeath();
    this.#drop();
  }

  #connect(isTakeover = this.#isTakeover) {
    this.#drop();
    this.#isTakeover = isTakeover;
    this.tell("connecting", { attempt: this.#attempt });
    this.carrier.connect();
  }

  /** A way to the server is there: open a session over it, or resume the one there was. */
  #greet() {
    this.timers.set("open", ANSWER_WITHIN_MS, () => this.carrier.giveUp());
    this.carrier.send(this.#opening());
  }

  #opening() {
    const { device, session, previous } = this;
    const opening = { t: "open", v: 1, ticket: this.carrier.ticket, dev: device, take: this.#isTakeover };
    return { ...opening, resume: session, prev: session ? null : previous };
  }

  #hear(message) {
    const hearer = {
      ok: () => this.#opened(message),
      ack: () => this.#acked(message),
      err: () => this.#refusedOrDelayed(message),
      drain: () => this.timers.set("drain", this.world.random() * message.in_ms, () => this.renew()),
      chk: () => this.#isOpen && this.tell("check", message),
      chkr: () => this.tell("checked", message),
      rcpt: () => this.tell("receipt", message),
    }[message.t];
    hearer?.();
  }

  #opened(message) {
    const isResumed = message.sid === this.session;
    this.timers.cancel("open");
    this.#isOpen = true;
    this.#isTakeover = false;
    this.session = message.sid;
    this.previous = null;
    this.#stamp = message.tok ? { tok: message.tok, ep: message.ep } : null;
    this.#sequence = message.q;
    this.#heartbeatMs = message.hb_ms;
    this.#inFlight.clear();
    this.#claimRounds = 0;
    this.carrier.settle();
    this.tell("opened", { ok: message, isResumed });
    this.#beat();
  }

  #acked({ q, rem = [], v, cap, hb_ms: heartbeatMs }) {
    const sentMs = this.#inFlight.get(q);
    for (const sent of this.#inFlight.keys()) if (sent <= q) this.#inFlight.delete(sent);
    if (this.#inFlight.size === 0) this.timers.cancel("ack");
    this.timers.cancel("hidden");
    if (heartbeatMs) this.#heartbeatMs = heartbeatMs;
    this.#attempt = 0;
    this.#claimRounds += 1;
    this.#isCapped = Boolean(cap);
    const latencyMs = sentMs === undefined ? null : Math.round(this.world.nowMs() - sentMs);
    this.tell("acked", { q, rem, isProvisional: Boolean(v), isCapped: this.#isCapped, latencyMs });
    this.#schedule();
  }

  #refusedOrDelayed({ code, fatal, retry_ms: retryMs, who }) {
    if (this.#isParting) this.#drop();
    else if (FINAL_ERRORS.has(code)) this.#refuse(FINAL_ERRORS.get(code), { who, isBusy: code === "lease_busy" });
    else if (SESSION_OVER.has(code) && this.#isOpen) this.#closed({ code: SESSION_ENDED, retryMs });
    else if (code === "session_ended" && !fatal && this.session) this.#openAfresh();
    else if (fatal) this.#closed({ code: 1006, retryMs });
    else if (retryMs) this.#wait(retryMs);
    else if (code === "no_check") this.tell("checked", { ok: false });
  }

  /** The session to resume is over: open a new one on this ticket, with what the old still claims. */
  #openAfresh() {
    this.#bequeath();
    this.carrier.send(this.#opening());
  }

  /** The server is busy and has applied nothing: say it all again later. */
  #wait(retryMs) {
    this.#inFlight.clear();
    this.timers.cancel("ack");
    this.timers.set("beat", retryMs, () => this.#beat());
  }

  /** Keep the session's claims for the next to hand over. */
  #bequeath() {
    const { claims } = this.report();
    if (this.session && claims.length) this.previous = { sid: this.session, c: claims };
    this.session = null;
  }

  #closed({ code, retryMs, isShutOut }) {
    if (this.#isParting) return this.#drop();
    if (FINAL_CLOSES.has(code)) return this.#refuse(FINAL_CLOSES.get(code));
    if (code === SESSION_ENDED) this.#bequeath();
    // The network is back: a second handshake soon shows whether requests must do.
    if (isShutOut) this.#attempt = Math.min(this.#attempt, 1);
    if (PATIENT_CLOSES.has(code)) this.#attempt = Math.max(this.#attempt, PATIENT_ATTEMPT);
    this.#drop();
    if (this.#isWanted) this.#retry(retryMs ?? 0);
  }

  /** Try again later: never sooner than asked, and never all at once. */
  #retry(askedMs) {
    const waitMs = askedMs + backoffMs(this.#attempt, this.world.random());
    this.tell("lost", { attempt: (this.#attempt += 1), retryMs: waitMs });
    this.timers.set("retry", waitMs, () => this.#connect());
  }

  #refuse(code, detail = {}) {
    this.#isWanted = this.#isTakeover = false;
    // What is pending stays on this device: it is claimed as `prev` when the learner comes back.
    this.#bequeath();
    this.#drop();
    if (code !== LAPSED) return this.tell("refused", { code, ...detail });
    this.tell("connecting", { attempt: this.#attempt });
    this.carrier.inquire();
  }

  #beat() {
    const report = this.report();
    if (isAtWork(report)) this.#idleSinceMs = null;
    else this.#idleSinceMs ??= this.world.nowMs();
    const why = partingReason(report, this.world.nowMs() - (this.#idleSinceMs ?? Infinity));
    if (why) return this.#part(why);
    this.#say("hb", {}, report);
    this.#schedule(report);
  }

  /** Say good-bye, and stay until it is answered: the receipt comes after. */
  #part(why) {
    this.#say("bye", { why });
    this.#isWanted = false;
    this.#bequeath();
    this.#still();
    this.#isParting = true;
    this.timers.set("part", ANSWER_WITHIN_MS, () => this.#drop());
    this.tell("rested");
  }

  #say(kind, extra, report = this.report()) {
    const message = this.#message(kind, report, extra);
    this.carrier.send(message);
    this.#lastSentMs = this.world.nowMs();
    this.timers.cancel("flush");
    this.tell("sent", { q: message.q, claims: report.claims });
    this.#inFlight.set(message.q, this.#lastSentMs);
    if (!this.timers.has("ack")) this.timers.set("ack", ANSWER_WITHIN_MS, () => this.carrier.giveUp());
  }

  #message(kind, { claims, playedMs, positionS, state, flags }, extra) {
    const q = (this.#sequence += 1);
    return { t: kind, q, c: claims, pt: playedMs, p: positionS, s: state, f: flags, ...extra };
  }

  #hasClaims() {
    return this.session !== null && this.report().claims.length > 0;
  }

  /** Hand a last word to the browser, which sends it even when the page is gone; false: it cannot. */
  #beacon(kind, extra = {}) {
    if (!this.#stamp) return false;
    return this.world.beacon(JSON.stringify({ ...this.#message(kind, this.report(), extra), ...this.#stamp }));
  }

  /** Plan the next beat, one in flight at most. */
  #schedule(report = this.report()) {
    if (!this.#isOpen) return;
    if (isAtWork(report) || !report.claims.length) this.#claimRounds = 0;
    const pace = { heartbeatMs: this.#heartbeatMs, claimRounds: this.#claimRounds, isCapped: this.#isCapped };
    this.timers.set("beat", jitteredMs(intervalMs(report, pace), this.world.random()), () => {
      if (this.#inFlight.size === 0) this.#beat();
    });
  }

  /** No session can be spoken in until the next `ok`. */
  #still() {
    this.#isOpen = this.#isParting = false;
    this.#inFlight.clear();
    this.timers.clear();
  }

  #drop() {
    this.#still();
    this.carrier.drop();
  }
}
