/**
 * What the browser tells: events of the video and of the page, by the names the room uses.
 *
 * Knows which browser event means what, and that the playhead is sampled before anything else
 * is told of it; nothing of states or sockets.
 */

/** Listen to the video: moved · started · playing · waiting · seeked · ended · paused · sound · failed · picture. */
export function listenToVideo(video, playhead, tell) {
  const on = (name, call) => video.addEventListener(name, call);
  const sampled = (name, event) =>
    on(name, () => {
      playhead.sample();
      tell(event);
    });
  for (const name of ["timeupdate", "ratechange"]) sampled(name, "moved");
  for (const name of ["playing", "waiting", "seeked", "ended"]) sampled(name, name);
  sampled("play", "started");
  sampled("pause", "paused");
  on("seeking", () => playhead.seeking());
  on("loadedmetadata", () => playhead.place());
  on("volumechange", () => tell("sound"));
  on("error", () => tell("failed"));
  for (const name of ["enterpictureinpicture", "leavepictureinpicture"]) sampled(name, "picture");
}

/** Listen to the page: hidden · shown · froze · woke · left · returned · online · offline. */
export function listenToPage(playhead, tell) {
  document.addEventListener("visibilitychange", () => {
    playhead.sample();
    tell(document.hidden ? "hidden" : "shown");
  });
  document.addEventListener("freeze", () => tell("froze"));
  document.addEventListener("resume", () => tell("woke"));
  window.addEventListener("pagehide", () => {
    playhead.sample();
    tell("left");
  });
  window.addEventListener("pageshow", ({ persisted }) => persisted && tell("returned"));
  window.addEventListener("online", () => tell("online"));
  window.addEventListener("offline", () => tell("offline"));
  if (document.hidden) tell("hidden");
}

/** Return what of the lecture can be seen now, as the page has it. */
export function sightOf(video) {
  return { isHidden: document.hidden, isInPicture: document.pictureInPictureElement === video };
}
