/* bar.js — the bar that never scrolls away: what is saved, how long is left, the line being down.
   Shared by the paper and by the check before handing in. */

import { clockText, Countdown } from "./countdown.js";
import { Line } from "./line.js";
import { AnswerQueue } from "./queue.js";

const top = document.getElementById("examtop");
const byId = (id) => document.getElementById(id);
export const words = JSON.parse(byId("exam-words").textContent);

/** Fill {name} places in a sentence. */
export function say(sentence, facts = {}) {
  return sentence.replace(/\{(\w+)\}/g, (_all, name) => facts[name] ?? "");
}

let setting = 0;
let unsaid = [];
/** Speak politely: emptied first, so that the same sentence twice is heard twice; what comes at once is said together. */
export function announce(sentence) {
  clearTimeout(setting);
  unsaid.push(sentence);
  byId("announce").textContent = "";
  setting = setTimeout(() => { byId("announce").textContent = unsaid.join(" "); unsaid = []; }, 100);
}

/** Open queue, line and countdown. `changed(queue, ack?, sent?)` is called whenever what is saved changes. */
export function openRoom({ changed, refused = () => {} }) {
  const queue = new AnswerQueue(sessionStorage, `hourbook-exam-${top.dataset.key}`);
  let isLeaving = false;
  let retryTimer = 0;
  const leave = (address) => { isLeaving = true; queue.clear(); location.assign(address); };

  const line = new Line({
    queue,
    address: top.dataset.save,
    token: document.querySelector("[name=csrfmiddlewaretoken]").value,
    attempt: Number(top.dataset.attempt),
    told: {
      saved(ack, sent) {
        countdown.correct(ack.left_ms);
        const saved = byId("saved").querySelector(".s-live");
        saved.hidden = false;
        saved.querySelector("[data-text]").textContent = say(words.saved, { time: ack.saved_at });
        changed(queue, ack, sent);
        paint();
      },
      down(tries, waitMs, isSignedOut) {
        paint();
        sayRetry(isSignedOut ? words.signed_out : say(words.band_retry, { tries, seconds: Math.round(waitMs / 1000) }));
        changed(queue);
      },
      up() { paint(); announce(words.back_online); },
      closed: leave,
      refused(sent) { refused(sent); changed(queue); paint(); },
      left(ms) { countdown.correct(ms); },
      moved() { if (!queue.size) location.reload(); },
    },
  });

  function paint() {
    top.dataset.state = line.isDown ? "offline" : "live";
    const band = byId("band");
    band.hidden = !line.isDown;
    if (!line.isDown) { clearInterval(retryTimer); return; }
    const count = queue.size;
    const positions = queue.positions.join(words.list_comma);
    const title = count === 0 ? words.band_title_none : count === 1 ? words.band_title_one : words.band_title_many;
    setText(band.querySelector("[data-title]"), say(title, { positions }));
    setText(byId("saved").querySelector(".s-off [data-text]"), say(words.unsaved_count, { count }));
  }

  /** Said once a try, not every second: the band is an alert. */
  function sayRetry(sentence) {
    clearInterval(retryTimer);
    const place = byId("band").querySelector("[data-retry]");
    setText(place, sentence);
    retryTimer = setInterval(() => setText(place, line.isSending ? words.band_trying : sentence), 500);
  }

  /** Hear the server's clock again: with the answers that wait, or else by looking. */
  const hear = () => (queue.size ? line.flush() : line.look());

  const bell = top.dataset.result;
  const drawnAt = performance.getEntriesByType("navigation")[0].responseStart;
  const countdown = new Countdown(Number(top.dataset.leftMs), {
    tick(leftS) {
      const timer = byId("timer");
      timer.textContent = clockText(leftS);
      timer.setAttribute("aria-label", say(words.left, { minutes: Math.floor(leftS / 60), seconds: leftS % 60 }));
      byId("timebar").setAttribute("width", `${Math.min(100, (leftS * 100) / Number(top.dataset.wholeS)).toFixed(3)}%`);
    },
    minutes(count) { announce(count === 1 ? words.announce_one : say(words.announce, { minutes: count })); },
    woke: hear,
    async over() {
      announce(words.times_up);
      await line.flush();
      // The server closes the attempt by its own clock; a moment later its page says how it ended.
      setTimeout(function ask() {
        if (navigator.onLine) leave(bell); else setTimeout(ask, 2000);
      }, 1200);
    },
  }, performance.now() - drawnAt);

  byId("band").querySelector("[data-now]").addEventListener("click", () => line.flush());
  addEventListener("online", hear);
  addEventListener("offline", () => { if (queue.size) line.flush(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) line.flush(); });
  addEventListener("beforeunload", (event) => {
    if (isLeaving) return;
    if (queue.size) event.preventDefault();
    queue.part();
  });
  /** Milliseconds of the sitting gone by: one clock for all of a learner's devices. */
  const goneMs = () => Math.round(Number(top.dataset.wholeS) * 1000 - countdown.leftMs);
  return { queue, line, leave, goneMs };
}

/** Write only what differs, so that a live region is not read out again for nothing. */
export function setText(place, text) { if (place.textContent !== text) place.textContent = text; }
