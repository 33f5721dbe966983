// The browser's stores for pywebml/host/stores/browser.py: the page has them
// (databases.js, opfs.js, shared/stores.js).
import { ask, askWith } from "./asks.js";

export const stores = {
  database: {
    /** @param {string} name */
    read: (name) => ask("readModel", name),
    /** @param {any[]} entry its name and parts */
    write: (...entry) => ask("writeModel", ...entry),
    /** @param {string} name */
    remove: (name) => ask("removeModel", name),
    entries: () => ask("listModels"),
  },
  texts: {
    /** @param {string} keys a list as JSON */
    read: (keys) => ask("readTexts", keys),
    /** @param {string} entries texts by key as JSON */
    write: (entries) => ask("writeTexts", entries),
    entries: () => ask("listTexts"),
  },
  opfs: {
    /** @param {any[]} file its entry and path, and the most bytes that are read */
    read: (...file) => ask("readFile", ...file),
    /** @param {any[]} parts its entry and path, and the places between which bytes are read */
    ranges: (...parts) => ask("readRanges", ...parts),
    /** @param {string} entry */
    list: (entry) => ask("listFiles", entry),
    /** @param {string} entry */
    begin: (entry) => ask("beginFiles", entry),
    /**
     * @param {string} entry
     * @param {string} path
     * @param {Uint8Array<ArrayBuffer>} bytes
     */
    add: (entry, path, bytes) => askWith([bytes.buffer], "addFile", entry, path, bytes),
    /** @param {string} entry */
    finish: (entry) => ask("finishFiles", entry),
    /** @param {string} entry */
    drop: (entry) => ask("dropFiles", entry),
    /** @param {string} entry */
    remove: (entry) => ask("removeFiles", entry),
    entries: () => ask("listFolders"),
  },
  /**
   * @param {string} name
   * @param {Uint8Array} bytes
   */
  download: (name, bytes) => ask("download", name, bytes),
};
