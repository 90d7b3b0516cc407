// Where the exam room's modules stand, for the tests; they are what the browser loads, unchanged.

const STATIC = new URL("../../../assessments/static/assessments/", import.meta.url);

/** Import one of the room's modules. */
export function load(name) {
  return import(new URL(`${name}.js`, STATIC).href);
}

/** A storage like sessionStorage, or one that refuses to write. */
export class Shelf {
  constructor({ isFull = false } = {}) { this.kept = new Map(); this.isFull = isFull; }
  getItem(name) { return this.kept.get(name) ?? null; }
  setItem(name, text) { if (this.isFull) throw new Error("full"); this.kept.set(name, text); }
  removeItem(name) { this.kept.delete(name); }
}
