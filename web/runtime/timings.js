// What was measured on this device's adapters, kept in CacheStorage for the next visit:
// see pywebml/device/measured.py.
import { soon } from "./soon.js";

const CACHE = "measured-by-pywebml";
const FOLDER = new URL("measured/", import.meta.url.replace(/app-[^/]*\/.*/, "")).href;
const NAME = /^[a-z0-9-]{1,200}$/;
const MOST = 1 << 20; // letters of a text

/** @param {string} name of an adapter */
function address(name) {
  if (!NAME.test(name)) throw new Error(`${name} is no adapter's name`);
  return FOLDER + name;
}

async function all() {
  /** @type {Record<string, string>} */
  const texts = {};
  const cache = await caches.open(CACHE);
  for (const request of await cache.keys()) {
    const name = request.url.slice(FOLDER.length);
    if (request.url.startsWith(FOLDER) && NAME.test(name))
      texts[name] = (await (await cache.match(request))?.text()) ?? "";
  }
  return texts;
}

export const timings = {
  /** All texts by their names. */
  async read() {
    // without CacheStorage, or with a silent one, what is measured lasts as long as the tab
    return soon(all()).catch(() => ({}));
  },

  /**
   * An empty text forgets.
   *
   * @param {string} name
   * @param {string} text
   */
  async keep(name, text) {
    if (text.length > MOST) throw new Error(`more than ${MOST} letters of timings`);
    const cache = await caches.open(CACHE);
    await (text ? cache.put(address(name), new Response(text)) : cache.delete(address(name)));
  },
};
