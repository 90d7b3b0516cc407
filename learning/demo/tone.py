"""The sound of a demo lecture: a quiet two-note pad that changes with the slide.

Knows waves and samples; nothing of slides' text, of codecs or of files.
"""

import math
from array import array
from functools import cache

SAMPLE_RATE = 48_000
SAMPLE_BYTES = 4  # float32, mono

# The pad repeats every two seconds without a seam, because each frequency below is a
# whole number of half hertz. Repeating bytes is what makes minutes of sound cheap.
LOOP_SECONDS = 2
FADE_SECONDS = 1
PEAK = 0.05

# Calm fifths around A3, in hertz: low enough to be soft, high enough for a laptop.
CHORDS_HZ: tuple[tuple[float, float], ...] = (
    (220.0, 330.0),
    (196.0, 294.0),
    (261.5, 392.0),
    (174.5, 262.0),
)


def pad(chord_index: int, seconds: int) -> bytes:
    """Return `seconds` of the chord as mono float32, faded in and out.

    The chords go round, so any index is good.
    """
    chord_hz = CHORDS_HZ[chord_index % len(CHORDS_HZ)]
    whole = _loop(chord_hz) * (seconds // LOOP_SECONDS + 1)
    samples = array("f", whole[: seconds * SAMPLE_RATE * SAMPLE_BYTES])
    last = len(samples) - 1
    for at, gain in enumerate(_fade()):
        if at > last - at:
            break
        samples[at] *= gain
        samples[last - at] *= gain
    return samples.tobytes()


@cache
def _loop(chord_hz: tuple[float, float]) -> bytes:
    """Return one seamless turn of the chord, swelling once per turn."""
    turn = 2 * math.pi / SAMPLE_RATE
    low, high = (turn * hz for hz in chord_hz)
    swell = turn / LOOP_SECONDS
    samples = array("f")
    for at in range(SAMPLE_RATE * LOOP_SECONDS):
        voice = 0.55 * math.sin(low * at) + 0.3 * math.sin(high * at)
        voice += 0.1 * math.sin(2 * low * at) + 0.05 * math.sin(2 * high * at)
        samples.append(PEAK * voice * (0.8 - 0.2 * math.cos(swell * at)))
    return samples.tobytes()


@cache
def _fade() -> tuple[float, ...]:
    """Return the gains of a soft start, from silence to full."""
    steps = SAMPLE_RATE * FADE_SECONDS
    return tuple((1 - math.cos(math.pi * step / steps)) / 2 for step in range(steps))
