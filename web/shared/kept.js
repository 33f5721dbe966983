// What a page keeps over a reload, in IndexedDB: values by name, those of one change
// written whole or not at all. Changes are counted, so that a tab that has not seen the
// latest one does not write over it.

const PART = "kept",
  CHANGES = "changes"; // under this name: how many there were

/** What was kept is no longer what this tab has read or written. */
export class Changed extends Error {}

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
  #seen = 0; // changes

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
    const { [CHANGES]: changes, ...kept } = Object.fromEntries(
      names.map((name, i) => [name, values[i]]),
    );
    this.#seen = changes ?? 0;
    return kept;
  }

  /**
   * Puts values in place of those there are. Rejects with Changed where another tab has
   * changed them since, unless it is to `insist`.
   *
   * @param {Record<string, any>} values by name, null to forget one
   */
  async write(values, insist = false) {
    const transaction = (await this.#database).transaction(PART, "readwrite");
    const part = transaction.objectStore(PART);
    const asked = part.get(CHANGES);
    const written = new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve((this.#seen = (asked.result ?? 0) + 1));
      transaction.onabort = () => reject(transaction.error ?? new Changed());
    });
    asked.onsuccess = () => {
      const changes = asked.result ?? 0;
      if (changes !== this.#seen && !insist) return void transaction.abort();
      part.put(changes + 1, CHANGES);
      for (const [name, value] of Object.entries(values)) {
        if (value === null) part.delete(name);
        else part.put(value, name);
      }
      return undefined;
    };
    await written;
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
