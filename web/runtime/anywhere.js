// What pywebml asks of a page, for a Python that somebody else has started: in JupyterLite,
// PyScript or a page of one's own, in a worker or in the page itself. pywebml/host/anywhere.py
// takes this script, and those that it imports, out of the installed package; each is a
// blob then, so none of them may ask where it lies. For our own worker: worker.js.
import { download, texts } from "../shared/stores.js";
import { database } from "./databases.js";
import { Gpu } from "./gpu.js";
import { opfs } from "./opfs.js";
import { Xnnpack } from "./xnnpack.js";
import { openAlone } from "./xnnpack_library.js";

/**
 * @param {any} pyodide
 * @param {string | undefined} wheel where pywebml was installed from; its other files lie there
 */
export function page(pyodide, wheel) {
  const heap = () => pyodide._module.HEAPU8.buffer;
  /** @type {Gpu | null} */
  let gpu = null;
  /** @type {Xnnpack | null} */
  let xnnpack = null;
  /** @type {Promise<void> | null} */
  let opening = null;

  async function openGpu() {
    try {
      gpu = await Gpu.open(heap);
      gpu.lost.then(() => (gpu = opening = null));
    } catch (error) {
      console.info("the processor computes:", /** @type {Error} */ (error).message);
    }
  }

  return {
    openGpu: () => (opening ??= openGpu()),
    /** @param {string} choice "auto" takes no software for a graphics card */
    gpu: (choice) => (choice === "auto" && gpu?.software ? undefined : (gpu ?? undefined)),
    /** @param {Uint8Array<ArrayBuffer>} wasm */
    async openXnnpack(wasm) {
      xnnpack = new Xnnpack(await openAlone(wasm), heap);
    },
    xnnpack: () => xnnpack ?? undefined,

    async loadNumpy() {
      const silent = () => {};
      try {
        await pyodide.loadPackage("numpy", { messageCallback: silent, errorCallback: silent });
      } catch (error) {
        console.info("there is no NumPy:", /** @type {Error} */ (error).message);
      }
    },

    /** @param {"train" | "test"} part */
    async digits(part) {
      const name = `digits/${part}.bin`;
      const response = wheel ? await fetch(new URL(name, wheel)) : null;
      if (response?.ok) return new Uint8Array(await response.arrayBuffer());
      throw new Error(`there are no handwritten digits: put ${name} beside pywebml's wheel`);
    },

    measured: timings(),
    stores: {
      database: awaited(database),
      texts: awaited(texts, "localStorage"),
      opfs: awaited(opfs),
      ...awaited({ download }, "document"),
    },
  };
}

/**
 * Methods as Python awaits them. Nothing is undefined there: null is None no more in
 * newer Pyodides.
 *
 * @param {Record<string, (...args: any[]) => any>} methods
 * @param {string} needed what a worker does not have
 */
function awaited(methods, needed = "Object") {
  const entries = Object.entries(methods).map(([name, method]) => [
    name,
    async (/** @type {any[]} */ ...args) => {
      if (!(needed in globalThis))
        throw new Error(`a worker has no ${needed}; use indexeddb:// or opfs://`);
      return (await method(...args)) ?? undefined;
    },
  ]);
  return Object.fromEntries(entries);
}

/** What was measured on an adapter, as long as this Python lives. */
function timings() {
  /** @type {Map<string, string>} */
  const known = new Map();
  return {
    /** @param {string} name */
    read: (name) => known.get(name) ?? "",
    /**
     * @param {string} name
     * @param {string} text an empty one forgets
     */
    keep(name, text) {
      const there = known.delete(name);
      if (text) known.set(name, text);
      return there;
    },
  };
}
