// Opens the worker for a page: one promise per call. What may be called: docs/page.md.
import { answer } from "../shared/stores.js";

/**
 * @typedef {object} Info what the worker says when it is ready
 * @property {{ name: string, language: string, backend: string, software: boolean, float16: boolean }} device
 * @property {boolean} webgpu
 * @property {string | null} reason why there is no WebGPU
 * @property {{ name: string, features: number, input_size: number[], learning_rate: number } | null} extractor
 * @property {Record<string, string>} versions
 * @property {Record<string, number>} seconds
 * @property {boolean} snapshot
 */

/**
 * @typedef {{ event: "boot", stage: string, text: string, done: number, of: number }
 *   | { event: "ready" | "restored", info: Info }
 *   | { event: "lost" | "failed", message: string }} WorkerEvent
 */

/**
 * @typedef {object} Waiting a call that is not answered yet
 * @property {(result: any) => void} resolve
 * @property {(error: Error) => void} reject
 * @property {((progress: any) => void) | null} onProgress
 */

/** What the page's address asks for, ?device=cpu, or null. */
export const asked = globalThis.location ? new URL(location.href).searchParams.get("device") : null;

/**
 * Starts the worker. `app`: whose page it is, by its name in apps.json; the worker
 * fetches what that app needs. `device`: "auto", "gpu" or "cpu"; what the page's address
 * asks for where nothing is said.
 *
 * @param {{ app?: string, device?: string, onEvent?: (event: WorkerEvent) => void }} options
 */
export function boot({ app = "", device = asked ?? "auto", onEvent = () => {} } = {}) {
  // the name is what it is told
  const name = JSON.stringify({ app, device });
  /** @type {Map<number, Waiting>} */
  const waiting = new Map();
  let last = 0;
  let worker = open();

  function open() {
    const opened = new Worker(new URL("./worker.js", import.meta.url), { type: "module", name });
    opened.onmessage = hear;
    opened.onerror = ({ message }) =>
      failed(message || "The worker could not be started; reload the page.");
    return opened;
  }

  /** @param {MessageEvent} message */
  function hear({ data }) {
    if (data.port) return answer(data);
    if (data.event === "failed") return failed(data.message);
    if (data.event) {
      if (data.event === "ready") registerServiceWorker();
      onEvent(data);
      return;
    }
    const call = waiting.get(data.id);
    if (!call) return;
    if ("progress" in data) {
      call.onProgress?.(data.progress);
      return;
    }
    waiting.delete(data.id);
    if (data.error) call.reject(Object.assign(new Error(data.error.message), data.error));
    else call.resolve(data.result);
  }

  /**
   * The worker cannot go on: it may never answer.
   *
   * @param {string} message
   */
  function failed(message) {
    drop("WorkerFailed", message);
    onEvent({ event: "failed", message });
  }

  /**
   * Calls that wait end with an error of this name.
   *
   * @param {string} name
   * @param {string} message
   */
  function drop(name, message) {
    const calls = [...waiting.values()];
    waiting.clear();
    for (const { reject } of calls) reject(Object.assign(new Error(message), { name }));
  }

  /** Ends what Python does, whatever that is, and starts it anew: it knows nothing then. */
  function restart() {
    worker.terminate();
    drop("Stopped", "Python was stopped.");
    worker = open();
  }

  /**
   * @param {string} method "app.method", or "ready"
   * @param {Record<string, any>} args
   * @param {Transferable[]} transfer
   * @param {((progress: any) => void) | null} onProgress
   * @returns {Promise<any>}
   */
  function call(method, args = {}, transfer = [], onProgress = null) {
    return new Promise((resolve, reject) => {
      const id = ++last;
      waiting.set(id, { resolve, reject, onProgress });
      worker.postMessage({ id, method, args }, transfer);
    });
  }

  globalThis.pywebml = {
    call,
    // The value of the last expression of Python source, as JSON; what it prints goes
    // to the console.
    async run(source) {
      /** @param {{ text?: string }} progress */
      const print = ({ text }) => text?.trim() && console.log(text);
      const { value } = await call("run", { source }, [], print);
      return value;
    },
  };
  return { call, restart, terminate: () => worker.terminate() };
}

/** After the start, so that it does not compete with it for the network. */
export function registerServiceWorker() {
  navigator.serviceWorker
    ?.register(new URL("../../sw.js", import.meta.url))
    .catch((error) => console.info("works online only:", error.message));
}
