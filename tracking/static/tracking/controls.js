/**
 * The control bar and the keyboard: what the learner does becomes one call of `commands`.
 *
 * Knows buttons, sliders and keys; nothing of coverage, sockets or rules. Keys work while the
 * focus is inside the player, and never steal what a focused control needs for itself.
 */

/** Wire the bar to the commands; returns functions that show the bar's state. */
export function wireControls(root, commands, say) {
  const part = (name) => root.querySelector(`[data-${name}]`);
  part("play").addEventListener("click", commands.playOrPause);
  part("back").addEventListener("click", () => commands.skip(-10_000));
  part("gap").addEventListener("click", commands.playMissed);
  part("speed").addEventListener("change", (event) => commands.wishSpeed(Number(event.target.value)));
  part("captions").addEventListener("click", commands.toggleCaptions);
  part("mute").addEventListener("click", commands.toggleMute);
  part("volume").addEventListener("input", (event) => commands.setVolume(Number(event.target.value) / 100));
  part("full").addEventListener("click", () => toggleFullScreen(part("frame"), part("video")));
  part("picture").addEventListener("click", (event) => {
    if (event.target === part("video")) commands.playOrPause();
  });
  part("seek").addEventListener("input", (event) => commands.goTo(Number(event.target.value) * 1_000));
  part("frame").addEventListener("keydown", (event) => onKey(event, commands, part));
  document.addEventListener("fullscreenchange", () =>
    part("full").setAttribute("aria-pressed", String(document.fullscreenElement !== null)),
  );
  part("controls").hidden = false;
  part("seek").hidden = false;
  return {
    showPlaying(isRunning) {
      part("play-word").textContent = say(isRunning ? "pause" : "play");
      part("controls").dataset.running = String(isRunning);
    },
    showSound(video) {
      const isSilent = video.muted || video.volume === 0;
      part("mute").setAttribute("aria-pressed", String(isSilent));
      part("volume").value = String(video.muted ? 0 : Math.round(video.volume * 100));
    },
  };
}

/** Keys of the player: Space or K, arrows, C, M, F (UX screen 3). */
function onKey(event, commands, part) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
  const { target, key } = event;
  const isSlider = target.matches("input, select");
  const isSeek = target === part("seek");
  const isPress = key === " " && target.matches("button, a, select");
  if (isPress || (isSlider && !isSeek && key.startsWith("Arrow"))) return;
  const act = {
    " ": commands.playOrPause,
    k: commands.playOrPause,
    ArrowLeft: () => commands.skip(-10_000),
    ArrowRight: () => commands.skip(10_000),
    c: commands.toggleCaptions,
    m: commands.toggleMute,
    f: () => toggleFullScreen(part("frame"), part("video")),
  }[key.length === 1 ? key.toLowerCase() : key];
  if (!act) return;
  event.preventDefault();
  act();
}

/** The frame with our controls goes full screen; where only videos may (iPhone), the video does. */
function toggleFullScreen(frame, video) {
  if (document.fullscreenElement) document.exitFullscreen();
  else if (frame.requestFullscreen) frame.requestFullscreen().catch(() => {});
  else video.webkitEnterFullscreen?.();
}

/** An iPhone's own full screen shows the video alone, and nothing that is asked over it. */
export function leaveVideoScreen(video) {
  if (video.webkitDisplayingFullscreen) video.webkitExitFullscreen();
}
