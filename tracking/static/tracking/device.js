/**
 * This browser's random name, by which the server tells two devices apart.
 *
 * It says nothing about the device or its owner, and is kept only so that a reload is not
 * taken for a second device.
 */

const KEY = "hourbook-device";

/** Return the name, making one at the first visit; a browser that keeps nothing gets one a page. */
export function deviceName() {
  try {
    const known = localStorage.getItem(KEY) ?? freshName();
    localStorage.setItem(KEY, known);
    return known;
  } catch {
    return freshName();
  }
}

function freshName() {
  return [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join("");
}
