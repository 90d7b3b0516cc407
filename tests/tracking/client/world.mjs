// A world for the connection: a clock that moves when told, sockets and requests answered when told.

/** Sockets, requests, beacons, timers and chance, all in the test's hands. */
export class World {
  constructor() {
    this.nowMs = 0;
    this.timers = [];
    this.sockets = [];
    this.requests = [];
    this.beacons = [];
    this.told = [];
    this.tickets = 0;
    this.said = { claims: [], playedMs: 0, positionS: 0, state: "i", isEnded: false, flags: 0 };
  }

  parts(overrides = {}) {
    return {
      fetchTicket: async () => ({ ticket: `ticket-${(this.tickets += 1)}`, ws: "ws://test/ws/track/" }),
      report: () => ({ ...this.said }),
      tell: (event, detail = {}) => this.told.push([event, detail]),
      device: "device-1",
      world: {
        socket: () => this.#socket(),
        request: (kind, body) => this.#request(kind, body),
        beacon: (text) => this.beacons.push(JSON.parse(text)) > 0,
        after: (ms, call) => this.#after(ms, call),
        cancel: (timer) => (this.timers = this.timers.filter((one) => one !== timer)),
        nowMs: () => this.nowMs,
        random: () => 0.5,
      },
      ...overrides,
    };
  }

  get socket() {
    return this.sockets.at(-1);
  }

  events(name) {
    return this.told.filter(([event]) => event === name).map(([, detail]) => detail);
  }

  /** Let promises settle. */
  async settle() {
    for (let round = 0; round < 10; round += 1) await Promise.resolve();
  }

  /** Move the clock, ringing timers in their order. */
  async pass(ms) {
    const untilMs = this.nowMs + ms;
    for (;;) {
      const next = this.timers.filter((one) => one.atMs <= untilMs).sort((one, other) => one.atMs - other.atMs)[0];
      if (!next) break;
      this.timers = this.timers.filter((one) => one !== next);
      this.nowMs = next.atMs;
      next.call();
      await this.settle();
    }
    this.nowMs = untilMs;
    await this.settle();
  }

  /** Connect and be welcomed. */
  async open(connection, facts = {}) {
    await this.settle();
    this.socket.onopen();
    this.hear({
      t: "ok", sid: "sid-1", ep: 1, q: 0, D: 60, have: [], prov: [], n: 0, pos: 0, hb_ms: 15_000, rate: 100, tok: "tok-1",
      policy: "00", ...facts,
    });
    return connection;
  }

  /** Answer the oldest request that waits. */
  async reply(messages, { status = 200, retryMs = null } = {}) {
    this.requests.find((one) => !one.isAnswered).answer({ status, messages, retryMs });
    await this.settle();
  }

  /** Let the network swallow the oldest request that waits. */
  async fail() {
    this.requests.find((one) => !one.isAnswered).fail();
    await this.settle();
  }

  /** Return the bodies of the requests of one kind. */
  asked(kind) {
    return this.requests.filter((one) => !kind || one.kind === kind).map((one) => one.body);
  }

  hear(message) {
    this.socket.onmessage({ data: JSON.stringify(message) });
  }

  sent(kind) {
    return this.socket.sent.filter((message) => !kind || message.t === kind);
  }

  #socket() {
    const socket = { sent: [], isClosed: false, send: (text) => socket.sent.push(JSON.parse(text)), close: () => (socket.isClosed = true) };
    this.sockets.push(socket);
    return socket;
  }

  #request(kind, body) {
    return new Promise((resolve, reject) => {
      const request = { kind, body, isAnswered: false };
      request.answer = (answer) => ((request.isAnswered = true), resolve(answer));
      request.fail = () => ((request.isAnswered = true), reject(new TypeError("network")));
      this.requests.push(request);
    });
  }

  #after(ms, call) {
    const timer = { atMs: this.nowMs + ms, call };
    this.timers.push(timer);
    return timer;
  }
}
