// What the page keeps over a reload, in IndexedDB: {source, network}, each written whole
// or not at all. Of several tabs the last one to write has it.

const NAME = "pywebml-text";
const PART = "kept";
const KEYS = ["source", "network"];

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

export class Store {
  #database = null;

  /** What was kept, by name. An error where this browser keeps nothing. */
  async open() {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(PART);
    this.#database = await done(request);
    this.#database.onversionchange = () => this.#database.close();
    const part = this.#database.transaction(PART).objectStore(PART);
    const values = await Promise.all(KEYS.map((key) => done(part.get(key))));
    return Object.fromEntries(KEYS.map((key, i) => [key, values[i]]));
  }

  /** Puts values in place of those there are, null to forget one. */
  async write(values) {
    if (!this.#database) return;
    const transaction = this.#database.transaction(PART, "readwrite");
    const part = transaction.objectStore(PART);
    for (const [key, value] of Object.entries(values)) {
      if (value === null) part.delete(key);
      else part.put(value, key);
    }
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  }
}
