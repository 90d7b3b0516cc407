/**
 * The carrier: gets a ticket, then a way to the server that works, and keeps the better one.
 *
 * Knows tickets, handshakes and the two ways; nothing of sessions or beats. It tells its owner:
 * `ready()` a way is there and nothing is said on it yet · `hear(message)` · `closed(how)` the way
 * ended or never came (`isShutOut`: though a ticket came) · `refused(code)` no ticket for good · `changed()` the way was exchanged for
 * the WebSocket, `ready()` follows.
 */

import { Timers } from "./timers.js";
import { TicketRefused } from "./tickets.js";
import { RequestWay, SocketWay } from "./transports.js";
import { SOCKET_AGAIN_MS, Ways } from "./ways.js";

const HANDSHAKE_WITHIN_MS = 6_000;

export class Carrier {
  #ways = new Ways();
  #way = null;
  #candidate = null; // a WebSocket that is tried while requests go on
  #hasHeard = false;
  #generation = 0;

  /** `stamp()` returns the session's `tok` and `ep`, for requests. */
  constructor({ fetchTicket, world, stamp, owner }) {
    Object.assign(this, { fetchTicket, world, stamp, owner });
    this.timers = new Timers(world);
    this.ticket = "";
  }

  /** Say whether a WebSocket carries the messages now. */
  get isSocket() {
    return Boolean(this.#way?.isSocket);
  }

  send(message) {
    this.#way?.send(message);
  }

  /** Leave what there is, and get a ticket and a way. */
  async connect() {
    this.drop();
    const generation = this.#generation;
    let ticket = null;
    try {
      ticket = await this.fetchTicket();
    } catch (error) {
      if (generation !== this.#generation) return;
      if (error instanceof TicketRefused) this.owner.refused(error.code);
      else this.owner.closed({});
    }
    if (ticket && generation === this.#generation) this.#attach(ticket);
  }

  /** Ask the ticket office, which knows why somebody may watch no longer; nothing is begun. */
  async inquire() {
    const generation = this.#generation;
    const refusal = await this.fetchTicket().then(() => null, (error) => error);
    if (generation === this.#generation) this.owner.refused(refusal instanceof TicketRefused ? refusal.code : "auth");
  }

  /** Leave the way, and all that was begun. */
  drop() {
    const ways = [this.#way, this.#candidate];
    this.#generation += 1;
    this.#way = this.#candidate = null;
    this.timers.clear();
    for (const way of ways) way?.close();
  }

  /** A session is open over this way: it works. Over requests, the WebSocket is tried again later. */
  settle() {
    if (this.isSocket) this.#ways.preferSocket();
    else this.timers.set("upgrade", SOCKET_AGAIN_MS, () => this.#trySocket());
  }

  /** The way brings no answer any more. */
  giveUp() {
    this.#closed({});
  }

  #attach(ticket) {
    const { world, stamp } = this;
    const hands = {
      ready: () => this.#ready(ticket),
      hear: (message) => this.#hear(message),
      closed: (how) => this.#closed(how),
    };
    this.#hasHeard = false;
    this.timers.set("handshake", HANDSHAKE_WITHIN_MS, () => this.giveUp());
    if (this.#ways.isByRequests(world.nowMs())) this.#way = new RequestWay({ world, stamp }, hands);
    else this.#way = new SocketWay({ world, url: ticket.ws }, hands);
  }

  #ready(ticket) {
    this.timers.cancel("handshake");
    this.ticket = ticket.ticket;
    this.owner.ready();
  }

  #hear(message) {
    this.#hasHeard = true;
    this.owner.hear(message);
  }

  /** A WebSocket that ended without a word may be shut out here; one that was refused in words is not. */
  #closed({ code = 1006, retryMs = null, isDead = false }) {
    const isShutOut = code === 1006 && this.isSocket && !this.#hasHeard;
    if (isDead) this.#ways.preferSocket();
    else if (isShutOut) this.#ways.failed(this.world.nowMs());
    this.drop();
    this.owner.closed({ code, retryMs, isShutOut });
  }

  /** Try the WebSocket again while requests go on; nothing changes until it is there. */
  async #trySocket() {
    const generation = this.#generation;
    const ticket = await this.fetchTicket().catch(() => null);
    if (generation !== this.#generation) return;
    if (ticket) this.#court(ticket);
    else this.#stayByRequests();
  }

  #court(ticket) {
    const isTaken = () => way === this.#way;
    const way = new SocketWay({ world: this.world, url: ticket.ws }, {
      ready: () => this.#changeTo(way, ticket),
      hear: (message) => isTaken() && this.#hear(message),
      closed: (how) => (isTaken() ? this.#closed(how) : this.#stayByRequests()),
    });
    this.#candidate = way;
    this.timers.set("handshake", HANDSHAKE_WITHIN_MS, () => this.#stayByRequests());
  }

  #stayByRequests() {
    this.#candidate?.close();
    this.#candidate = null;
    this.timers.cancel("handshake");
    this.#ways.postpone(this.world.nowMs());
    this.settle();
  }

  /** Resume over the new way; claims are cumulative, so what was under way on the old costs nothing. */
  #changeTo(way, ticket) {
    this.#candidate = null;
    this.drop();
    this.#way = way;
    this.#hasHeard = false;
    this.owner.changed();
    this.#ready(ticket);
  }
}
