// What only a page has and its worker asks for (runtime/stores.js): localStorage and
// downloads.

/** @type {Record<string, (...args: any[]) => any>} */
const page = {
  /** @param {string} keys a list as JSON */
  read: (keys) =>
    JSON.stringify(JSON.parse(keys).map((/** @type {string} */ key) => localStorage.getItem(key))),

  /**
   * Texts by key, null to remove one: all of them or none.
   *
   * @param {string} entries as JSON
   */
  write(entries) {
    /** @type {[string, string | null][]} */
    const texts = Object.entries(JSON.parse(entries));
    /** @type {[string, string | null][]} */
    const old = texts.map(([key]) => [key, localStorage.getItem(key)]);
    /** @param {[string, string | null]} entry */
    const put = ([key, text]) =>
      text === null ? localStorage.removeItem(key) : localStorage.setItem(key, text);
    try {
      texts.forEach(put);
    } catch (error) {
      for (const [key] of texts) localStorage.removeItem(key);
      old.forEach(put);
      throw error;
    }
  },

  /**
   * @param {string} name
   * @param {Uint8Array<ArrayBuffer>} bytes
   */
  download(name, bytes) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([bytes]));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  },
};

/**
 * Answers a message of the worker that has a port.
 *
 * @param {{ ask: any[], port: MessagePort }} message
 */
export function answer({ ask: [method, ...args], port }) {
  try {
    port.postMessage({ result: page[method](...args) });
  } catch (error) {
    const { name, message } = /** @type {Error} */ (error);
    port.postMessage({ error: `${name}: ${message}` });
  }
}
