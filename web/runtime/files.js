// What a page fetches for its worker, which has no network: files of the build, handed on
// as they come, and good only with the sum that assets.json says. Each is kept for the
// service worker, so that none is fetched twice.
import { Kept, sumOf } from "./kept.js";

/**
 * @typedef {object} Listed a file in assets.json
 * @property {string} sum its sha256
 * @property {number} bytes
 * @property {number} sent bytes where the host sends it compressed
 * @property {string} need what it is for, such as the needs in apps.json; "start": every app
 */

/** @typedef {{ done: number, of: number }} Amount bytes over the wire */

export class Files {
  /** @type {Map<string, Promise<Response>>} asked for, and not yet handed on */
  #coming = new Map();
  /** @type {Map<string, Promise<WebAssembly.Module>>} */
  #compiled = new Map();
  /** @type {Map<string, Amount>} */
  #amounts = new Map();
  #packed = true; // until a file has come as it is, of which the host could send fewer bytes
  #kept;

  /**
   * @param {URL} root the app's folder
   * @param {Record<string, Listed>} list paths from there
   * @param {(amount: Amount) => void} onProgress
   */
  constructor(root, list, onProgress) {
    this.root = root;
    this.list = new Map(Object.entries(list));
    this.onProgress = onProgress;
    this.#kept = new Kept(new URL("../", root).href);
  }

  /** @param {string} name */
  #listed(name) {
    const file = this.list.get(name);
    if (!file) throw new Error(`${name} is no file of this page`);
    return file;
  }

  /**
   * The files that somebody needs.
   *
   * @param {string} need
   */
  needed(need) {
    return [...this.list].filter(([, file]) => file.need === need).map(([name]) => name);
  }

  /**
   * Begins to fetch a file that will be asked for; one that is compiled has come, or comes.
   *
   * @param {string} name
   */
  start(name) {
    if (!this.#compiled.has(name)) this.#begun(name);
  }

  /** @param {string} name */
  #begun(name) {
    const coming = this.#coming.get(name);
    if (coming) return coming;
    const { sent, bytes } = this.#listed(name);
    this.#amounts.set(name, { done: 0, of: this.#packed ? sent : bytes });
    const response = this.#fetch(name);
    response.then(({ headers }) => sent < bytes && this.#expect(headers)).catch(() => {}); // who asks hears of it
    this.#coming.set(name, response);
    return response;
  }

  /**
   * @param {string} name
   * @param {RequestInit} options
   */
  async #fetch(name, options = {}) {
    const url = new URL(name, this.root);
    const response = await fetch(url, options).catch(() => {
      const file = url.pathname.split("/").at(-1);
      throw new Error(`${file} is not at hand; without a connection there is what was used before`);
    });
    if (!response.ok) throw new Error(`${url} is missing (${response.status}); reload the page`);
    return response;
  }

  /**
   * From a host that packs nothing all that is to come has more bytes: known with the first
   * answer, or what has come would be less of all of it with each.
   *
   * @param {Headers} headers
   */
  #expect(headers) {
    if (!this.#packed || headers.has("Content-Encoding")) return;
    this.#packed = false;
    for (const [name, { done }] of this.#amounts)
      if (!done) this.#amounts.set(name, { done, of: this.#listed(name).bytes });
  }

  /**
   * Hands on a file, part by part; an error where it is not the build's.
   *
   * @param {string} name
   * @param {(part: Uint8Array<ArrayBuffer>) => void} onPart may take the part away
   */
  async read(name, onPart) {
    const response = await this.#begun(name);
    this.#coming.delete(name);
    return this.#handOn(name, response, onPart);
  }

  /**
   * A file of WebAssembly, compiled while it comes, once for all that ask; an error where
   * it is not the build's. Browsers keep compiled code for a later visit only of what they
   * fetched and compiled in one go, which a worker that is sent the bytes does not.
   *
   * @param {string} name
   */
  compiled(name) {
    const known = this.#compiled.get(name);
    if (known) return known;
    const compiled = this.#compile(name);
    compiled.catch(() => this.#compiled.delete(name)); // whoever asks again tries again
    this.#compiled.set(name, compiled);
    return compiled;
  }

  /** @param {string} name */
  async #compile(name) {
    const response = await this.#begun(name);
    this.#coming.delete(name);
    const checked = this.#handOn(name, response.clone(), () => {});
    const module = WebAssembly.compileStreaming(asWasm(response));
    module.catch(() => {}); // of another file the sum says more than the compiler
    await checked;
    return module;
  }

  /**
   * @param {string} name
   * @param {Response} response
   * @param {(part: Uint8Array<ArrayBuffer>) => void} onPart may take the part away
   */
  async #handOn(name, { body, headers }, onPart) {
    const { sum, bytes, sent } = this.#listed(name);
    const of = headers.has("Content-Encoding") ? sent : bytes;
    const whole = new Uint8Array(bytes);
    let at = 0;
    const reader = /** @type {ReadableStream<Uint8Array<ArrayBuffer>>} */ (body).getReader();
    for (;;) {
      const { done, value: part } = await reader.read();
      if (done) break;
      if (at + part.length > bytes) throw await this.#wrong(name);
      whole.set(part, at);
      at += part.length;
      this.#amounts.set(name, { done: Math.round((of * at) / bytes), of });
      this.#tell();
      onPart(part);
    }
    if (at < bytes || !(await hasSum(whole, sum))) throw await this.#wrong(name);
    this.#keep(sum, whole, headers);
  }

  /**
   * Sees to it that the browser's own cache does not answer so once more.
   *
   * @param {string} name
   */
  async #wrong(name) {
    await this.#fetch(name, { cache: "reload" }).catch(() => {});
    return new Error(`${name} is not the one that belongs to this page; reload the page`);
  }

  /**
   * For when there will be no connection.
   *
   * @param {string} name
   */
  async keep(name) {
    const { sum } = this.#listed(name);
    if (!(await this.#kept.has(sum).catch(() => true))) await this.read(name, () => {});
  }

  /**
   * @param {string} sum
   * @param {Uint8Array<ArrayBuffer>} whole
   * @param {Headers} headers
   */
  async #keep(sum, whole, headers) {
    try {
      if (!(await this.#kept.has(sum))) await this.#kept.put(sum, whole, headers);
    } catch (error) {
      console.info("a file is not kept for later:", /** @type {Error} */ (error).message);
    }
  }

  #tell() {
    let done = 0,
      of = 0;
    for (const amount of this.#amounts.values()) {
      done += amount.done;
      of += amount.of;
    }
    this.onProgress({ done, of });
  }
}

/**
 * Also from a host that calls it something else: then nothing compiled is kept.
 *
 * @param {Response} response
 */
function asWasm(response) {
  const type = "application/wasm";
  if (response.headers.get("Content-Type") === type) return response;
  return new Response(response.body, { headers: { "Content-Type": type } });
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {string} sum
 */
async function hasSum(bytes, sum) {
  // without https a browser sums nothing up, and keeps nothing
  return !globalThis.crypto?.subtle || (await sumOf(bytes)) === sum;
}
