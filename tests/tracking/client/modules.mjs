// Where the player's modules stand, for the tests; they are what the browser loads, unchanged.

const STATIC = new URL("../../../tracking/static/tracking/", import.meta.url);

/** Import one of the player's modules; another `once` loads it once more. */
export function load(name, once = "") {
  return import(new URL(`${name}.js${once}`, STATIC).href);
}
