/* job.js — a long job's page hears at once that something moved, and reads it again from the server.
   The socket carries no figures; without it the page asks every two seconds by itself. */

const LONGEST_WAIT_MS = 30_000;
let waitMs = 1_000;

function listen() {
  const job = document.querySelector("[data-job]")?.dataset.job;
  if (!job) return;
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(`${scheme}//${location.host}/ws/jobs/?job=${job}`);
  socket.addEventListener("open", () => { waitMs = 1_000; });
  socket.addEventListener("message", () => {
    const progress = document.querySelector("[data-job]");
    if (progress) window.htmx?.trigger(progress, "hint");
  });
  socket.addEventListener("close", (event) => {
    if (event.code === 4404 || event.code === 4401) return;
    setTimeout(listen, waitMs * (0.5 + Math.random()));
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
  });
}

listen();
