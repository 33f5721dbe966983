// What a page keeps over a reload, in IndexedDB: one value, written whole or not at all.
// Of several tabs the last one to write has it.

const PART = "kept";
const KEY = "value";

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

export class Kept {
  /** @type {Promise<IDBDatabase>} */
  #database;

  /** @param {string} page whose value it is */
  constructor(page) {
    this.#database = open(`pywebml-${page}`);
    this.#database.catch(() => null); // whoever reads or writes hears of it
  }

  /** What was kept, or undefined. Rejects where this browser keeps nothing. */
  async read() {
    const database = await this.#database;
    return done(database.transaction(PART).objectStore(PART).get(KEY));
  }

  /** @param {any} value null to forget what there is */
  async write(value) {
    const database = await this.#database;
    const transaction = database.transaction(PART, "readwrite");
    if (value === null) transaction.objectStore(PART).delete(KEY);
    else transaction.objectStore(PART).put(value, KEY);
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  }
}

/**
 * @param {string} name
 * @returns {Promise<IDBDatabase>}
 */
async function open(name) {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(PART);
  const database = await done(request);
  database.onversionchange = () => database.close();
  return database;
}
