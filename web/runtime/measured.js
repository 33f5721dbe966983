// What was measured on this device's adapters, kept in CacheStorage for the next visit:
// see pywebml/device/measured.py.
const CACHE = "measured-by-pywebml";
/** @param {string} name */
const address = (name) =>
  new URL(`measured/${name}`, import.meta.url.replace(/app-[^/]*\/.*/, "")).href;

export class Measured {
  /** Reads all of it, since Python asks while it may not wait. */
  static async open() {
    /** @type {Map<string, string>} */
    const texts = new Map();
    try {
      const cache = await caches.open(CACHE);
      for (const { url } of await cache.keys())
        texts.set(url, (await (await cache.match(url))?.text()) ?? "");
    } catch {
      // no CacheStorage here: what is measured lasts as long as the tab
    }
    return new Measured(texts);
  }

  /** @param {Map<string, string>} texts */
  constructor(texts) {
    this.texts = texts;
  }

  /** @param {string} name */
  read(name) {
    return this.texts.get(address(name)) ?? "";
  }

  /**
   * An empty text forgets; the answer is whether there was one.
   *
   * @param {string} name
   * @param {string} text
   */
  keep(name, text) {
    const url = address(name);
    const there = this.texts.delete(url);
    if (text) this.texts.set(url, text);
    const write = async () => {
      const cache = await caches.open(CACHE);
      await (text ? cache.put(url, new Response(text)) : cache.delete(url));
    };
    write().catch((error) =>
      console.info("what was measured lasts as long as this tab:", error.message),
    );
    return there;
  }
}
