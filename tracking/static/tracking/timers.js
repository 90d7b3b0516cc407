/**
 * Timers by name: setting one again moves it.
 *
 * Knows the world's `after` and `cancel`; nothing of what is due.
 */

export class Timers {
  #running = new Map();

  constructor(world) {
    this.world = world;
  }

  has(name) {
    return this.#running.has(name);
  }

  set(name, ms, call) {
    this.cancel(name);
    this.#running.set(name, this.world.after(ms, () => {
      this.#running.delete(name);
      call();
    }));
  }

  cancel(...names) {
    for (const name of names) {
      if (this.#running.has(name)) this.world.cancel(this.#running.get(name));
      this.#running.delete(name);
    }
  }

  clear() {
    this.cancel(...this.#running.keys());
  }
}
