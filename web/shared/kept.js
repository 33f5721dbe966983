// What a page keeps over a reload, in IndexedDB: values by name, those of one change
// written whole or not at all. Of several tabs the last one to write has them.

const PART = "kept";

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

  /** @param {string} page whose values they are */
  constructor(page) {
    this.#database = open(`pywebml-${page}`);
    this.#database.catch(() => null); // whoever reads or writes hears of it
  }

  /**
   * What was kept, by name. Rejects where this browser keeps nothing.
   *
   * @returns {Promise<Record<string, any>>}
   */
  async read() {
    const part = (await this.#database).transaction(PART).objectStore(PART);
    const [names, values] = await Promise.all([done(part.getAllKeys()), done(part.getAll())]);
    return Object.fromEntries(names.map((name, i) => [name, values[i]]));
  }

  /**
   * Puts values in place of those there are.
   *
   * @param {Record<string, any>} values by name, null to forget one
   */
  async write(values) {
    const transaction = (await this.#database).transaction(PART, "readwrite");
    const part = transaction.objectStore(PART);
    for (const [name, value] of Object.entries(values)) {
      if (value === null) part.delete(name);
      else part.put(value, name);
    }
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
