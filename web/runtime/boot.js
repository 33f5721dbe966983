// Opens the worker for a page: one promise per call. What may be called: docs/page.md.
import { Errands } from "./errands.js";
import { Files } from "./files.js";
import { keepForOffline } from "./offline.js";
import { startWorker } from "./trusted.js";

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
 * @property {string} method
 * @property {(result: any) => void} resolve
 * @property {(error: Error) => void} reject
 * @property {((progress: any) => void) | null} onProgress
 */

/** @typedef {import("./files.js").Amount} Amount */

const root = new URL("../", import.meta.url); // the app's folder, where assets.json is
const OFTEN = 100; // milliseconds between two events that say how much has come
const TUNING = new Set(["tune", "forget_tuning"]); // the methods that keep timings

export const DEVICES = ["auto", "gpu", "cpu"];

/** What the page's address asks for, ?device=cpu, or null. */
export const asked = globalThis.location ? new URL(location.href).searchParams.get("device") : null;

/**
 * Starts the worker. `app`: whose page it is, by its name in apps.json; the worker gets
 * what that app needs. `device`: "auto", "gpu" or "cpu"; what the page's address asks for
 * where nothing is said.
 *
 * @param {{ app?: string, device?: string, onEvent?: (event: WorkerEvent) => void }} options
 */
export function boot({ app = "", device = asked ?? "auto", onEvent = () => {} } = {}) {
  // the name is what it is told
  const name = JSON.stringify({ app, device });
  /** @type {Map<number, Waiting>} */
  const waiting = new Map();
  let last = 0;
  let starting = true; // until Python is up for the first time: no program has run yet
  let stage = { event: /** @type {const} */ ("boot"), stage: "python", text: "Starting Python" };
  let amount = { done: 0, of: 0 };
  let said = 0;
  const kept = Boolean(globalThis.navigator?.serviceWorker?.controller); // of a visit before
  /** @type {() => void} */
  let begins = () => {};
  const begun = /** @type {Promise<void>} */ (new Promise((done) => (begins = done)));

  /** Where the start is, and how much of what it needs has come. */
  function say() {
    said = performance.now();
    const all = amount.done === amount.of;
    onEvent({ ...stage, ...(all ? { done: 0, of: 0 } : amount) });
  }

  /** @param {Amount} now */
  function onProgress(now) {
    amount = now;
    if (starting && performance.now() - said > OFTEN) say();
  }

  const about = describe(app, onProgress);
  about.then(fetchAll, ({ message }) => failed(message));
  const errands = new Errands({
    root,
    about,
    starting: () => starting,
    tuning: () => [...waiting.values()].some(({ method }) => TUNING.has(method)),
  });
  let worker = open();

  /**
   * All that the worker will ask for, but drawn samples, which can wait. What this browser
   * keeps comes at once, and the worker's own scripts would wait behind it: so these first.
   *
   * @param {{ files: Files, assets: { pyodide: string }, needs: string[] }} about
   */
  async function fetchAll({ files, assets, needs }) {
    if (kept) await begun;
    files.compiled(`${assets.pyodide}pyodide.asm.wasm`).catch(() => {}); // the worker hears of it
    const now = ["start", ...needs.filter((need) => !need.startsWith("samples/"))];
    for (const name of now.flatMap((need) => files.needed(need))) files.start(name);
  }

  function open() {
    const opened = startWorker("worker.js", name);
    opened.onmessage = hear;
    opened.onerror = ({ message }) =>
      failed(message || "The worker could not be started; reload the page.");
    return opened;
  }

  /** @param {MessageEvent} message */
  function hear({ data }) {
    if (data.errand) {
      errands.run(data);
      return;
    }
    if (data.event === "failed") {
      failed(data.message);
      return;
    }
    if (data.event === "boot") {
      begins();
      stage = data;
      say();
      return;
    }
    if (data.event) {
      if (data.event === "ready" && starting) about.then(keepForOffline);
      if (data.event === "ready") starting = false;
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
    starting = false;
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
    worker.onmessage = null; // what it asked for last is not heard either
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
      waiting.set(id, { method, resolve, reject, onProgress });
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

/**
 * What the build is made of, and what this app needs of it.
 *
 * @param {string} app
 * @param {(amount: Amount) => void} onProgress
 */
async function describe(app, onProgress) {
  const [assets, apps] = await Promise.all(["assets.json", "apps.json"].map(json));
  /** @type {{ name: string, needs: string[] } | undefined} */
  const entry = apps.find((/** @type {{ name: string }} */ { name }) => name === app);
  const { files: list, ...places } = assets;
  const files = new Files(root, list, onProgress);
  return { files, assets: places, needs: [...(entry?.needs ?? []), `app ${app}`] };
}

/** @param {string} name */
async function json(name) {
  const response = await fetch(new URL(name, root));
  if (!response.ok) throw new Error(`${name} is missing (${response.status}); reload the page`);
  return response.json();
}
