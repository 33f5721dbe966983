// Python's memory with pywebml imported, kept in CacheStorage under the build's address:
// a later visit starts from it.
//
// Other programs on this address could write there, as they could read all that the pages
// keep. What visitors run in the worker cannot; and whatever a snapshot holds starts in a
// worker that has no network and no stores.
import { sumOf } from "./kept.js";
import { soon } from "./soon.js";

const CACHE = "snapshots-of-pywebml";
const SUM = "X-Sum";

export class Snapshots {
  /** @param {URL} root the app's folder */
  constructor(root) {
    this.address = new URL("snapshot", root).href;
  }

  /** Pyodide hangs on half of one, so it must be whole. */
  async read() {
    try {
      const cache = await soon(caches.open(CACHE));
      const response = await soon(cache.match(this.address));
      if (!response) return null;
      const memory = await response.arrayBuffer();
      return (await sumOf(memory)) === response.headers.get(SUM) ? memory : null;
    } catch {
      return null; // no CacheStorage here, or a silent one: Python starts from its files
    }
  }

  /** @param {Uint8Array<ArrayBuffer>} memory */
  async keep(memory) {
    const headers = { [SUM]: await sumOf(memory) };
    await caches.delete(CACHE); // those of older builds
    await (await caches.open(CACHE)).put(this.address, new Response(memory, { headers }));
  }
}
