/* door.js — before the exam: is the line good, and what time is it really? */

const check = document.getElementById("check");
const clock = document.getElementById("server-clock");
const good = check.querySelector("[data-good]");
const bad = check.querySelector("[data-bad]");
const again = document.getElementById("probe");

const startedAt = performance.now();
const serverS = Number(check.dataset.now);
const shown = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: check.dataset.zone,
});
/** What the page's language calls a delay: 5 毫秒, 5 ms. */
const delay = new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: "millisecond" });
setInterval(() => {
  clock.textContent = shown.format(new Date((serverS + (performance.now() - startedAt) / 1000) * 1000));
}, 1000);

/** Ask the server three times and show the quickest answer: the first also pays for opening the line. */
async function probe() {
  let quickest = Infinity;
  try {
    for (let time = 0; time < 3; time += 1) {
      const from = performance.now();
      const reply = await fetch(check.dataset.probe, { cache: "no-store", signal: AbortSignal.timeout?.(5000) });
      if (!reply.ok) throw new Error(String(reply.status));
      quickest = Math.min(quickest, performance.now() - from);
    }
  } catch { quickest = Infinity; }
  good.hidden = quickest === Infinity;
  bad.hidden = !good.hidden;
  check.querySelector("[data-ms]").textContent = good.hidden ? "" : delay.format(Math.max(1, Math.round(quickest)));
}

again.hidden = false;
again.addEventListener("click", probe);
probe();
