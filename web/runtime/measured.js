// What was measured on this device's adapters, for Python, which asks while it may not
// wait. The page keeps it (timings.js).
import { ask } from "./asks.js";

export class Measured {
  /** Reads all of it. */
  static async open() {
    return new Measured(await ask("timings"));
  }

  /** @param {Record<string, string>} texts by their names */
  constructor(texts) {
    this.texts = new Map(Object.entries(texts));
  }

  /** @param {string} name */
  read(name) {
    return this.texts.get(name) ?? "";
  }

  /**
   * An empty text forgets; the answer is whether there was one.
   *
   * @param {string} name
   * @param {string} text
   */
  keep(name, text) {
    const there = this.texts.delete(name);
    if (text) this.texts.set(name, text);
    ask("keepTimings", name, text).catch((error) =>
      console.info("what was measured lasts as long as this tab:", error.message),
    );
    return there;
  }
}
