/**
 * The codes of `trk.v1`, and what a player makes of them.
 *
 * Knows codes only. Source: TRACKING §2, Errors and Close.
 */

/** The session is over; what it still claims goes into the next one. */
export const SESSION_ENDED = 4410;
export const SESSION_OVER = new Set(["session_ended", "sealed"]);

/** A server that restarts or asks for patience is not stormed: the first tries spread over 8 s. */
export const PATIENT_CLOSES = new Set([1012, 1013]);
export const PATIENT_ATTEMPT = 3;

/** May watch no longer: signed out, withdrawn, suspended, the year closed. The server does not say which. */
export const LAPSED = "lapsed";

/** After these the same attempt could only fail again, or would fight another device. */
export const FINAL_CLOSES = new Map([[4401, LAPSED], [4403, LAPSED], [4409, "taken"], [4426, "version"]]);
export const FINAL_ERRORS = new Map([
  ["auth", LAPSED], ["forbidden", LAPSED], ["superseded", "taken"], ["lease_busy", "taken"], ["version", "version"],
  // Seconds outside the media: this page shows a film that the server no longer has.
  ["bad_range", "version"],
]);
