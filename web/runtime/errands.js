// What the page does for its worker, and nothing else. Whoever runs Python in there can
// ask for all of it; so no errand reaches further than the page's own files, the models and
// data sets that were saved, and a download.
import { seen } from "../shared/seen.js";
import { download, texts } from "../shared/stores.js";
import { database } from "./databases.js";
import { opfs } from "./opfs.js";
import { Snapshots } from "./snapshots.js";
import { timings } from "./timings.js";

/** @typedef {import("./files.js").Files} Files */
/** @typedef {{ errand: any[], port: MessagePort }} Errand */

/**
 * @typedef {object} Page
 * @property {URL} root the app's folder
 * @property {Promise<{ files: Files, assets: object, needs: string[] }>} about
 * @property {() => boolean} starting whether nobody's program has run yet
 * @property {() => boolean} tuning whether the page itself has asked for timings
 */

export class Errands {
  /** @type {Map<string, (...args: any[]) => any>} */
  #methods;
  #page;

  /** @param {Page} page */
  constructor(page) {
    this.#page = page;
    const snapshots = new Snapshots(page.root);
    /** @type {ReturnType<Snapshots["read"]> | null} */
    let coming = snapshots.read(); // the worker will ask for it
    this.#methods = new Map(
      Object.entries({
        about: async () => {
          const { assets, needs } = await page.about;
          return { assets, needs };
        },
        /** @param {string} name of a file of WebAssembly */
        compiled: async (name) => (await page.about).files.compiled(name),
        snapshot() {
          const snapshot = coming ?? snapshots.read();
          coming = null; // it is given away, and read anew for a Python that starts again
          return snapshot;
        },
        /** @param {Uint8Array<ArrayBuffer>} memory */
        keepSnapshot(memory) {
          if (page.starting()) return snapshots.keep(memory);
          throw new Error("a snapshot is kept before any program has run");
        },
        timings: timings.read,
        /**
         * @param {string} name
         * @param {string} text
         */
        keepTimings(name, text) {
          if (page.tuning()) return timings.keep(name, text);
          throw new Error("timings are kept while the page itself measures them");
        },
        readModel: database.read,
        writeModel: database.write,
        removeModel: database.remove,
        listModels: database.entries,
        readTexts: texts.read,
        writeTexts: texts.write,
        listTexts: texts.entries,
        readFile: opfs.read,
        readRanges: opfs.ranges,
        listFiles: opfs.list,
        beginFiles: opfs.begin,
        addFile: opfs.add,
        finishFiles: opfs.finish,
        dropFiles: opfs.drop,
        removeFiles: opfs.remove,
        listFolders: opfs.entries,
        download,
        seen,
      }),
    );
  }

  /**
   * Does an errand and answers at its port: {result} or {error}, and {part} of a file
   * before that. What is none is passed over.
   *
   * @param {Errand} errand
   */
  async run({ errand, port }) {
    if (!Array.isArray(errand) || !(port instanceof MessagePort)) return;
    const [name, ...args] = errand;
    try {
      const method = this.#methods.get(name);
      if (name === "file") await this.#handOn(args[0], port);
      else if (!method) throw new Error(`the page does no ${name}`);
      const result = (await method?.(...args)) ?? null;
      port.postMessage({ result }, result instanceof ArrayBuffer ? [result] : []);
    } catch (error) {
      const { name, message } = /** @type {Error} */ (error);
      port.postMessage({ error: name === "Error" ? message : `${name}: ${message}` });
    }
  }

  /**
   * @param {string} name
   * @param {MessagePort} port
   */
  async #handOn(name, port) {
    const { files } = await this.#page.about;
    await files.read(name, (part) => port.postMessage({ part }, [part.buffer]));
  }
}
