/**
 * A short, soft sound: somebody is asked something.
 *
 * Knows two notes; whether they are wanted is the caller's to say.
 */

const NOTES_HZ = [660, 880];
const NOTE_S = 0.18;
const LOUDNESS = 0.2;

/** Play it at a share of full volume; a browser without sound, or that refuses it, stays silent. */
export function chime(volume) {
  const Context = globalThis.AudioContext;
  if (!Context || volume <= 0) return;
  const context = new Context();
  const gain = context.createGain();
  gain.gain.value = LOUDNESS * volume;
  gain.connect(context.destination);
  NOTES_HZ.forEach((frequency, i) => {
    const note = new OscillatorNode(context, { frequency });
    note.connect(gain);
    note.start(context.currentTime + i * NOTE_S);
    note.stop(context.currentTime + (i + 1) * NOTE_S);
    if (i === NOTES_HZ.length - 1) note.onended = () => context.close();
  });
}
