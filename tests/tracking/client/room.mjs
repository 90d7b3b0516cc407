// A lecture room with nothing real in it: a page of empty elements, a video, a server that answers,
// and a clock that moves when told. What is looked at is the page's state and what was sent.

import { load } from "./modules.mjs";

const TICK_MS = 250;
let rooms = 0;

/** An element that takes whatever is done to it, and has every part that is asked of it. */
class Part extends EventTarget {
  constructor(marks = {}) {
    super();
    Object.assign(this, { dataset: marks, hidden: true, textContent: "", value: "", className: "", children: [], parts: new Map() });
    this.classList = { toggle: () => {} };
    this.content = { querySelectorAll: () => [] };
    this.attributes = new Map();
  }

  get parentElement() {
    return (this.parent ??= new Part());
  }

  get firstElementChild() {
    return (this.first ??= new Part());
  }

  get childElementCount() {
    return this.children.length;
  }

  get lastElementChild() {
    return { remove: () => this.children.pop() };
  }

  querySelector(mark) {
    if (!this.parts.has(mark)) this.parts.set(mark, new Part());
    return this.parts.get(mark);
  }

  querySelectorAll(mark) {
    return mark === "[data-veil]" ? this.veils : [this.querySelector(mark)];
  }

  setAttribute(name, value) {
    this.attributes.set(name, value);
  }

  getAttribute(name) {
    return this.attributes.get(name) ?? null;
  }

  append(...more) {
    this.children.push(...more);
  }

  replaceChildren(...more) {
    this.children = more;
  }

  cloneNode() {
    return new Part();
  }

  contains() {
    return false;
  }

  matches() {
    return false;
  }

  focus() {}

  click() {
    this.dispatchEvent(new Event("click"));
  }
}

/** A video that runs while it is not paused, and ends. */
class Video extends Part {
  constructor(durationS) {
    super();
    Object.assign(this, { durationS, currentTime: 0, playbackRate: 1, paused: true, seeking: false, error: null, readyState: 4 });
    Object.assign(this, { muted: false, volume: 1, textTracks: [] });
  }

  get ended() {
    return this.currentTime >= this.durationS;
  }

  async play() {
    this.paused = false;
    this.tell("play", "playing");
  }

  pause() {
    if (!this.paused) this.tell("pause");
    this.paused = true;
  }

  tell(...events) {
    for (const event of events) queueMicrotask(() => this.dispatchEvent(new Event(event)));
  }

  run(ms) {
    if (this.paused) return;
    this.currentTime = Math.min(this.currentTime + ms / 1_000, this.durationS);
    if (!this.ended) return;
    this.paused = true;
    this.tell("pause", "ended");
  }
}

/** One lecture room, from the module's start on. `facts` are the page's own. */
export class Room {
  constructor({ durationS = 60, ...facts } = {}) {
    Object.assign(this, { nowMs: 0, timers: [], sockets: [], beacons: [], ticketAnswer: { status: 200 }, isDeaf: false });
    const marks = {
      keptAs: "1/1", ticket: "", ticketUrl: "/ticket/", csrf: "c", socket: "/ws/track/", obstacle: "", durationMs: durationS * 1_000,
      neededS: durationS - 2, hourSeconds: 2_700, resumeS: 0, have: "[]", prov: "[]", firstRate: 100, reviewRate: 200, ...facts,
    };
    this.root = new Part(marks);
    this.video = new Video(durationS);
    this.root.parts.set("[data-video]", this.video);
    const veils = ["offline", "taken", "hidden", "refused", "connecting", "check", "missed", "capped"];
    this.root.veils = veils.map((veil) => new Part({ veil }));
    this.#furnishTheWorld();
  }

  /** Load the page's module, and let it begin. */
  async start() {
    rooms += 1;
    await load("player", `?room=${rooms}`);
    await this.settle();
    return this;
  }

  get state() {
    return this.root.dataset.state;
  }

  /** The card over the picture, if any. */
  get veil() {
    return this.root.veils.find((one) => !one.hidden)?.dataset.veil ?? null;
  }

  get socket() {
    return this.sockets.at(-1);
  }

  /** What was sent of one kind, over all sockets. */
  sent(kind) {
    return this.sockets.flatMap((socket) => socket.sent).filter((message) => message.t === kind);
  }

  press(mark) {
    this.root.querySelector(`[data-${mark}]`).click();
    return this.settle();
  }

  hear(message) {
    this.socket.onmessage({ data: JSON.stringify(message) });
    return this.settle();
  }

  show(isShown) {
    document.hidden = !isShown;
    document.dispatchEvent(new Event("visibilitychange"));
    return this.settle();
  }

  /** Let promises settle. */
  async settle() {
    for (let round = 0; round < 30; round += 1) await Promise.resolve();
  }

  /** Let time pass, for the video and for every timer. */
  async pass(seconds) {
    for (let leftMs = seconds * 1_000; leftMs > 0; leftMs -= TICK_MS) {
      this.nowMs += TICK_MS;
      this.video.run(TICK_MS);
      for (const due of this.timers.filter((one) => one.atMs <= this.nowMs)) {
        if (!this.timers.includes(due)) continue;
        if (due.everyMs) due.atMs += due.everyMs;
        else this.timers.splice(this.timers.indexOf(due), 1);
        due.call();
        await this.settle();
      }
    }
  }

  #furnishTheWorld() {
    const page = Object.assign(new Part(), { hidden: false, title: "", activeElement: null, pictureInPictureElement: null });
    page.documentElement = { lang: "en" };
    page.querySelector = () => this.root;
    page.createElementNS = () => new Part();
    page.hasFocus = () => true;
    const browser = { userAgent: "Linux", webdriver: false, sendBeacon: (_address, text) => this.beacons.push(JSON.parse(text)) > 0 };
    const room = this;
    const world = {
      document: page, window: new EventTarget(), navigator: browser, location: { href: "http://test/learn/", protocol: "http:" },
      WebSocket: function WebSocket() {
        return room.#socket();
      },
      fetch: async () => ({ ...this.ticketAnswer, ok: this.ticketAnswer.status === 200, json: async () => this.#ticket() }),
      setTimeout: (call, ms) => this.#timer(call, ms),
      setInterval: (call, ms) => this.#timer(call, ms, ms),
      clearTimeout: (timer) => (this.timers = this.timers.filter((one) => one !== timer)),
    };
    for (const [name, value] of Object.entries(world)) Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    performance.now = () => this.nowMs;
    Date.now = () => 1_800_000_000_000 + this.nowMs;
    Math.random = () => 0.5;
  }

  #ticket() {
    return { ticket: "ticket", ws: "/ws/track/", ...this.ticketAnswer };
  }

  #timer(call, ms, everyMs = null) {
    const timer = { call, atMs: this.nowMs + ms, everyMs };
    this.timers.push(timer);
    return timer;
  }

  /** A socket to a server that opens, acknowledges and says good-bye, unless it is deaf. */
  #socket() {
    const socket = { sent: [], onopen: null };
    const answer = (message) => socket.onmessage?.({ data: JSON.stringify(message) });
    const sid = `sid-${this.sockets.length + 1}`;
    const answers = {
      open: () => answer({
        t: "ok", sid, ep: 1, q: 0, D: this.video.durationS, have: [], prov: [], n: 0, pos: 0, hb_ms: 15_000, rate: 100, tok: "tok",
      }),
      hb: ({ q }) => answer({ t: "ack", q, n: 0 }),
      bye: ({ q }) => answer({ t: "ack", q, n: 0 }),
    };
    socket.send = (text) => {
      const message = JSON.parse(text);
      socket.sent.push(message);
      if (!this.isDeaf) queueMicrotask(() => answers[message.t]?.(message));
    };
    socket.close = () => {};
    queueMicrotask(() => socket.onopen?.());
    this.sockets.push(socket);
    return socket;
  }
}
