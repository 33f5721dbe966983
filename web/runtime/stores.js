// The browser's stores for pywebml/host/stores/browser.py: the page has them
// (databases.js, shared/stores.js).
import { ask } from "./asks.js";

export const stores = {
  database: {
    /** @param {string} name */
    read: (name) => ask("readModel", name),
    /** @param {any[]} entry its name and parts */
    write: (...entry) => ask("writeModel", ...entry),
    /** @param {string} name */
    remove: (name) => ask("removeModel", name),
  },
  texts: {
    /** @param {string} keys a list as JSON */
    read: (keys) => ask("readTexts", keys),
    /** @param {string} entries texts by key as JSON */
    write: (entries) => ask("writeTexts", entries),
  },
  /**
   * @param {string} name
   * @param {Uint8Array} bytes
   */
  download: (name, bytes) => ask("download", name, bytes),
};
