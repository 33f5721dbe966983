// Files that this browser keeps, each under the sum of its bytes. Pages use this and the
// service worker, into which `page build` copies it.
//
// All programs on an address share its CacheStorage. So whatever lies there counts only
// if it has the sum that the build's own list asks for.

export class Kept {
  /** @param {string} root where the site is, with a slash at its end */
  constructor(root) {
    this.root = root;
    this.name = `pywebml:${new URL(root).pathname}`;
  }

  /** @param {string} sum */
  #address(sum) {
    return `${this.root}kept/${sum}`;
  }

  /**
   * The file with this sum, or undefined.
   *
   * @param {string} sum
   */
  async get(sum) {
    const cache = await caches.open(this.name);
    const response = await cache.match(this.#address(sum));
    if (!response) return undefined;
    if ((await sumOf(await response.clone().arrayBuffer())) === sum) return response;
    await cache.delete(this.#address(sum));
    return undefined;
  }

  /**
   * Whether there is something under this sum, right or not.
   *
   * @param {string} sum
   */
  async has(sum) {
    const cache = await caches.open(this.name);
    return Boolean(await cache.match(this.#address(sum)));
  }

  /**
   * An error where there is no room.
   *
   * @param {string} sum
   * @param {BodyInit} bytes that have it
   * @param {Headers} headers they came with
   */
  async put(sum, bytes, headers) {
    const cache = await caches.open(this.name);
    await cache.put(this.#address(sum), new Response(bytes, { headers }));
  }

  /**
   * Forgets all files but these.
   *
   * @param {string[]} sums
   */
  async only(sums) {
    const cache = await caches.open(this.name);
    const addresses = new Set(sums.map((sum) => this.#address(sum)));
    const others = (await cache.keys()).filter(({ url }) => !addresses.has(url));
    await Promise.all(others.map((request) => cache.delete(request)));
  }
}

/**
 * The sha256 in hexadecimal.
 *
 * @param {BufferSource} bytes
 */
export async function sumOf(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
