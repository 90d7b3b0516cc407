/**
 * The connection: one WebSocket speaking `trk.v1`, opened with a fresh ticket, kept alive,
 * resumed when lost.
 *
 * Knows messages, timers and close codes; nothing of video, page or words. Everything it
 * touches of the world (socket, clock, timers, chance, the ticket) is handed in, so a test can
 * drive it without a network. What a beat says is asked of `report` at the moment of sending.
 *
 * It tells its owner, through `tell(event, detail)`: connecting · opened · sent · acked · lost ·
 * refused · rested · check · checked · receipt.
 */

import { backoffMs, jitteredMs } from "./backoff.js";
import { TicketRefused } from "./tickets.js";

export const SUBPROTOCOL = "trk.v1";
const ACK_WITHIN_MS = 10_000;
const OPEN_WITHIN_MS = 10_000;
const FLUSH_APART_MS = 1_000;
const KEEP_ALIVE_MS = 50_000;
const REST_AFTER_MS = 600_000;
/** After these the same attempt could only fail again, or would fight another device. */
const FINAL_CLOSES = new Map([[4401, "auth"], [4403, "auth"], [4409, "taken"], [4426, "version"]]);
const FINAL_ERRORS = new Map([
  ["auth", "auth"], ["forbidden", "auth"], ["superseded", "taken"], ["lease_busy", "taken"], ["version", "version"],
]);

/** Return the world a connection lives in, in a browser. */
export function browserWorld() {
  return {
    socket: (url) => new WebSocket(url, SUBPROTOCOL),
    after: (ms, call) => setTimeout(call, ms),
    cancel: (timer) => clearTimeout(timer),
    nowMs: () => performance.now(),
    random: () => Math.random(),
  };
}

/** One lecture's connection to the server. */
export class Connection {
  #socket = null;
  #ticket = "";
  #timers = new Map();
  #inFlight = new Map(); // sequence → when it was sent
  #attempt = 0;
  #sequence = 0;
  #heartbeatMs = 15_000;
  #lastSentMs = -Infinity;
  #idleSinceMs = null;
  #claimRounds = 0;
  #isOpen = false;
  #isWanted = false;
  #generation = 0;

  /** @param {{fetchTicket: function, report: function, tell: function, device: string, world?: object}} parts */
  constructor({ fetchTicket, report, tell, device, world = browserWorld() }) {
    Object.assign(this, { fetchTicket, report, tell, device, world });
    this.session = null;
    this.previous = null;
  }

  /** Say whether a session is open and beats can go out. */
  get isOpen() {
    return this.#isOpen;
  }

  /** Begin, or begin again after a refusal or a rest. `previous` are claims of a dead session. */
  start({ isTakeover = false, previous = null } = {}) {
    if (previous) this.previous = previous;
    this.#isWanted = true;
    this.#attempt = 0;
    this.#connect(isTakeover);
  }

  /** Try at once instead of waiting: the network is back, or the learner pressed the button. */
  retryNow() {
    if (this.#timers.has("retry")) this.#connect(false);
  }

  /** Drop a connection that may be dead without knowing it, and resume: after a sleep or freeze. */
  renew() {
    if (!this.#isWanted) return;
    this.#drop();
    this.#connect(false);
  }

  /** Send a beat soon because the state changed: at once, or 1 s after the last. */
  flush() {
    if (!this.#isOpen) return;
    const waitMs = this.#lastSentMs + FLUSH_APART_MS - this.world.nowMs();
    if (waitMs <= 0) this.#beat();
    else this.#timer("flush", waitMs, () => this.#beat());
  }

  /** Answer a presence check. */
  answer(id, value, reactionMs) {
    if (this.#isOpen) this.#socket.send(JSON.stringify({ t: "ans", id, v: value, ms: reactionMs }));
  }

  /** Say good-bye and stay away until `start`. The session is over: nothing is resumed. */
  leave(why) {
    if (this.#isOpen) this.#say("bye", { why });
    this.#isWanted = false;
    this.#bequeath();
    this.#drop();
    if (why === "idle") this.tell("rested");
  }

  async #connect(isTakeover) {
    this.#clearTimers();
    this.#drop();
    const generation = (this.#generation += 1);
    this.tell("connecting", { attempt: this.#attempt });
    const isCurrent = () => generation === this.#generation && this.#isWanted;
    try {
      const ticket = await this.fetchTicket();
      if (isCurrent()) this.#attach(ticket, isTakeover);
    } catch (error) {
      if (!isCurrent()) return;
      if (error instanceof TicketRefused) this.#refuse(error.code);
      else this.#retry();
    }
  }

  #attach(ticket, isTakeover) {
    const socket = this.world.socket(ticket.ws);
    this.#socket = socket;
    this.#ticket = ticket.ticket;
    this.#timer("open", OPEN_WITHIN_MS, () => this.#lose());
    socket.onopen = () => socket.send(JSON.stringify(this.#opening(this.#ticket, isTakeover)));
    socket.onmessage = ({ data }) => socket === this.#socket && this.#hear(JSON.parse(data));
    socket.onclose = ({ code }) => socket === this.#socket && this.#closed(code);
  }

  #opening(ticket, isTakeover) {
    const opening = { t: "open", v: 1, ticket, dev: this.device, take: isTakeover, resume: null, prev: null };
    if (this.session) opening.resume = this.session;
    else if (this.previous) opening.prev = this.previous;
    return opening;
  }

  #hear(message) {
    const hearer = {
      ok: () => this.#opened(message),
      ack: () => this.#acked(message),
      err: () => this.#refusedOrDelayed(message),
      drain: () => this.#timer("drain", this.world.random() * message.in_ms, () => this.renew()),
      chk: () => this.tell("check", message),
      chkr: () => this.tell("checked", message),
      rcpt: () => this.tell("receipt", message),
    }[message.t];
    hearer?.();
  }

  #opened(message) {
    const isResumed = message.sid === this.session;
    this.#cancel("open");
    this.#isOpen = true;
    this.session = message.sid;
    this.previous = null;
    this.#sequence = message.q;
    this.#heartbeatMs = message.hb_ms;
    this.#inFlight.clear();
    this.#claimRounds = 0;
    this.tell("opened", { ok: message, isResumed });
    this.#beat();
  }

  #acked(message) {
    const sentMs = this.#inFlight.get(message.q);
    for (const q of this.#inFlight.keys()) if (q <= message.q) this.#inFlight.delete(q);
    if (this.#inFlight.size === 0) this.#cancel("ack");
    if (message.hb_ms) this.#heartbeatMs = message.hb_ms;
    this.#attempt = 0;
    const latencyMs = sentMs === undefined ? null : Math.round(this.world.nowMs() - sentMs);
    this.#claimRounds += 1;
    this.tell("acked", { q: message.q, rem: message.rem ?? [], isProvisional: Boolean(message.v), latencyMs });
    this.#schedule();
  }

  #refusedOrDelayed({ code, fatal, retry_ms: retryMs, who }) {
    if (code === "session_ended" && !fatal && this.session) this.#openAfresh();
    else if (FINAL_ERRORS.has(code)) this.#refuse(FINAL_ERRORS.get(code), { who, isBusy: code === "lease_busy" });
    else if (fatal) this.#lose(retryMs);
    else if (retryMs) this.#timer("beat", retryMs, () => this.#beat());
  }

  /** The session to resume is over: open a new one on this socket, with what the old still claims. */
  #openAfresh() {
    this.#bequeath();
    this.#socket.send(JSON.stringify(this.#opening(this.#ticket, false)));
  }

  /** Keep the session's claims for the next one to hand over as `prev`. */
  #bequeath() {
    const { claims } = this.report();
    if (this.session && claims.length) this.previous = { sid: this.session, c: claims };
    this.session = null;
  }

  #closed(code) {
    if (FINAL_CLOSES.has(code)) {
      this.#refuse(FINAL_CLOSES.get(code));
      return;
    }
    if (code === 4410) this.#bequeath();
    this.#lose();
  }

  #lose(retryMs = null) {
    this.#drop();
    if (this.#isWanted) this.#retry(retryMs);
  }

  #retry(retryMs = null) {
    const waitMs = retryMs ?? backoffMs(this.#attempt, this.world.random());
    this.#attempt += 1;
    this.tell("lost", { attempt: this.#attempt, retryMs: waitMs });
    this.#timer("retry", waitMs, () => this.#connect(false));
  }

  #refuse(code, detail = {}) {
    this.#isWanted = false;
    // What is pending stays on this device: it is claimed as `prev` when the learner comes back.
    this.#bequeath();
    this.#drop();
    this.tell("refused", { code, ...detail });
  }

  #beat() {
    const report = this.report();
    if (report.state === "p" || report.state === "w") this.#idleSinceMs = null;
    else this.#idleSinceMs ??= this.world.nowMs();
    if (this.#idleSinceMs !== null && !report.claims.length && this.world.nowMs() - this.#idleSinceMs >= REST_AFTER_MS) {
      this.leave("idle");
      return;
    }
    this.#say("hb", {}, report);
    this.#schedule(report);
  }

  #say(kind, extra, report = this.report()) {
    const { claims, playedMs, positionS, state, flags } = report;
    const q = (this.#sequence += 1);
    const message = { t: kind, q, c: claims, pt: playedMs, p: positionS, s: state, f: flags, ...extra };
    this.#socket.send(JSON.stringify(message));
    this.#lastSentMs = this.world.nowMs();
    this.#cancel("flush");
    this.tell("sent", { q, claims });
    if (kind === "bye") return;
    this.#inFlight.set(q, this.#lastSentMs);
    if (!this.#timers.has("ack")) this.#timer("ack", ACK_WITHIN_MS, () => this.#lose());
  }

  /** Plan the next beat: one in flight at most; at rest soon, then less soon, while something is deferred. */
  #schedule(report = this.report()) {
    if (!this.#isOpen) return;
    const isIdle = report.state === "i" || report.state === "h";
    if (!isIdle || !report.claims.length) this.#claimRounds = 0;
    const soonMs = Math.min(1_000 * 2 ** this.#claimRounds, this.#heartbeatMs);
    const restMs = report.claims.length ? soonMs : KEEP_ALIVE_MS;
    const intervalMs = isIdle ? restMs : this.#heartbeatMs;
    this.#timer("beat", jitteredMs(intervalMs, this.world.random()), () => {
      if (this.#inFlight.size === 0) this.#beat();
    });
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    this.#isOpen = false;
    this.#inFlight.clear();
    this.#clearTimers();
    socket?.close(1000);
  }

  #timer(name, ms, call) {
    this.#cancel(name);
    this.#timers.set(name, this.world.after(ms, () => {
      this.#timers.delete(name);
      call();
    }));
  }

  #cancel(name) {
    if (this.#timers.has(name)) this.world.cancel(this.#timers.get(name));
    this.#timers.delete(name);
  }

  #clearTimers() {
    for (const name of [...this.#timers.keys()]) this.#cancel(name);
  }
}
