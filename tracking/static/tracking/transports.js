/**
 * The two ways to speak `trk.v1`: over a WebSocket, and over plain requests where no WebSocket
 * gets through.
 *
 * Both are the same small thing to the connection: made with `{ready, hear, closed}`, then
 * `send(message)` and `close()`. Knows sockets and requests; nothing of sessions, beats or claims.
 * `closed({code, retryMs, isDead})` comes once at most, and never after `close()`.
 *
 * Source: TRACKING §2 (subprotocol), §3 (addresses, answers, statuses).
 */

export const SUBPROTOCOL = "trk.v1";
const API = "/api/track/v1/";
const ANSWER_WITHIN_MS = 10_000;
/** The address does not exist here: plain requests are no way at all. */
const DEAD_STATUSES = new Set([404, 405, 501]);

/** Return the world a connection lives in, in a browser. */
export function browserWorld() {
  return {
    socket: (url) => new WebSocket(url, SUBPROTOCOL),
    request: postJson,
    // A string goes as text/plain, which asks no other address for leave first.
    beacon: (text) => Boolean(navigator.sendBeacon?.(`${API}beacon`, text)),
    after: (ms, call) => setTimeout(call, ms),
    cancel: (timer) => clearTimeout(timer),
    nowMs: () => performance.now(),
    random: () => Math.random(),
  };
}

/** A WebSocket. */
export class SocketWay {
  isSocket = true;
  #socket;

  constructor({ world, url }, { ready, hear, closed }) {
    const socket = world.socket(url);
    const isMine = () => socket === this.#socket;
    this.#socket = socket;
    socket.onopen = () => isMine() && ready(this);
    socket.onmessage = ({ data }) => isMine() && hear(JSON.parse(data));
    socket.onclose = ({ code }) => {
      if (!isMine()) return;
      this.#socket = null;
      closed({ code });
    };
  }

  send(message) {
    this.#socket?.send(JSON.stringify(message));
  }

  close() {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1000);
  }
}

/** Plain requests: one for each message, its answers in the reply. */
export class RequestWay {
  isSocket = false;
  #isLeft = false;

  /** `stamp()` returns the session's `tok` and `ep`, which every message but `open` carries. */
  constructor({ world, stamp }, { ready, hear, closed }) {
    Object.assign(this, { world, stamp, hear, closed });
    queueMicrotask(() => this.#isLeft || ready(this));
  }

  async send(message) {
    const body = message.t === "open" ? message : { ...message, ...this.stamp() };
    const answer = await this.world.request(message.t, body).catch(() => null);
    for (const one of answer?.messages ?? []) {
      // What is heard may end this way: then the rest is nobody's.
      if (this.#isLeft) return;
      this.hear(answer.retryMs && one.t === "err" ? { retry_ms: answer.retryMs, ...one } : one);
    }
    const isUnderstood = answer?.messages.length > 0;
    if (!isUnderstood) this.#end({ retryMs: answer?.retryMs, isDead: DEAD_STATUSES.has(answer?.status) });
    else if (message.t === "bye") this.#end({ code: 1000 });
    else if (message.t === "ans" && answer.retryMs) this.#sayAgain(message, answer.retryMs);
  }

  close() {
    this.#isLeft = true;
  }

  /** A beat repeats what was not heard by itself; an answer is given once. */
  #sayAgain(message, waitMs) {
    this.world.after(waitMs, () => this.#isLeft || this.send(message));
  }

  #end(how) {
    if (this.#isLeft) return;
    this.#isLeft = true;
    this.closed(how);
  }
}

/** Post one message; return its status, the server's messages, and how long it asks us to wait. */
async function postJson(kind, body) {
  const response = await fetch(`${API}${kind}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    credentials: "same-origin",
    body: JSON.stringify(body),
    // A page that is left takes its last beat along.
    keepalive: true,
    // Safari 15 times no request: there the network's own patience must do.
    signal: AbortSignal.timeout?.(ANSWER_WITHIN_MS),
  });
  const answer = await response.json().catch(() => ({}));
  const waitS = Number(response.headers.get("Retry-After"));
  return { status: response.status, messages: answer.messages ?? [], retryMs: waitS > 0 ? waitS * 1_000 : null };
}
