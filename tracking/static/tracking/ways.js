/**
 * Which way to speak next: the WebSocket, or plain requests after it failed twice in a row.
 *
 * Knows failed handshakes and when they were; nothing of sockets or sessions. A handshake is only
 * tried after a ticket came over HTTP, so one that fails speaks of WebSockets, not of the network.
 *
 * Source: TRACKING §3: two failed handshakes within 15 s; back to the WebSocket after 10 min.
 */

const FAILURES = 2;
const WITHIN_MS = 15_000;
export const SOCKET_AGAIN_MS = 600_000;

export class Ways {
  #failedAtMs = [];
  #requestsUntilMs = -Infinity;

  /** Say whether the next connection is to speak by requests. */
  isByRequests(nowMs) {
    return nowMs < this.#requestsUntilMs;
  }

  /** Note a handshake that failed. */
  failed(nowMs) {
    this.#failedAtMs = [...this.#failedAtMs.filter((atMs) => nowMs - atMs <= WITHIN_MS), nowMs];
    if (this.#failedAtMs.length >= FAILURES) this.postpone(nowMs);
  }

  /** The WebSocket does not get through: leave it alone for a while. */
  postpone(nowMs) {
    this.#failedAtMs = [];
    this.#requestsUntilMs = nowMs + SOCKET_AGAIN_MS;
  }

  /** A handshake got through, or there are no requests to be made here. */
  preferSocket() {
    this.#failedAtMs = [];
    this.#requestsUntilMs = -Infinity;
  }
}
