// The worker: starts Python, passes messages to pywebml/tab/methods.py and its answers
// back. What may be asked: docs/page.md.
import { ask, askWith, bytes, stream, tell } from "./asks.js";
import { answerFetch, confine } from "./confine.js";
import { Gpu } from "./gpu.js";
import { Measured } from "./measured.js";
import { stores } from "./stores.js";
import { unpack } from "./tar.js";
import { Xnnpack } from "./xnnpack.js";
import { openAlone } from "./xnnpack_library.js";
import { openShared, shared } from "./xnnpack_threads.js";

/** @typedef {{ start: Function, call: Function }} Host pywebml/tab/bridge.py: Bridge */

const root = new URL("../", import.meta.url); // the app's folder, where assets.json is
const started = performance.now();
/** @type {{ app: string, device: string }} what boot.js tells */
const asked = JSON.parse(self.name);
/** @type {any} */
let pyodide;
/** @type {{ pyodide: string, stdlib: string, extractor: string, classes: string, xnnpack: string, xnnpack_threads: string, package: string, jobs: string, digits?: string }} where what is */
let assets;
/** @type {Set<string>} what this page's app needs */
let needs;
/** @type {Gpu | null} */
let gpu = null;
/** @type {Xnnpack | null} */
let xnnpack = null;
/** @type {string | null} why there is no WebGPU */
let reason = null;
/** @type {Host} */
let host;
/** @type {any} */
let info;

/**
 * @param {string} name
 * @param {string} text
 */
const stage = (name, text) => tell({ event: "boot", stage: name, text });

const heap = () => pyodide._module.HEAPU8.buffer;

/** The graphics adapter, or else the processor. */
async function openDevice() {
  gpu = null;
  try {
    if (asked.device === "cpu") throw new Error("The page's address asks for the CPU device.");
    const adapter = await Gpu.open(heap);
    if (asked.device !== "gpu" && adapter.describe().software) {
      adapter.lose();
      throw new Error("WebGPU has no graphics card here, so the processor computes.");
    }
    gpu = adapter;
    reason = null;
    gpu.lost.then(onLost);
  } catch (error) {
    reason = /** @type {Error} */ (error).message;
    xnnpack ??= new Xnnpack(await openLibrary(), heap);
  }
}

/** XNNPACK's kernels. Threads are begun before any program has run: none may reach them. */
async function openLibrary() {
  const memory = info ? null : shared();
  if (memory) {
    try {
      return await openShared(await bytes(assets.xnnpack_threads), memory);
    } catch (error) {
      console.info("one thread computes:", /** @type {Error} */ (error).message);
    }
  }
  return openAlone(await bytes(assets.xnnpack));
}

/** NumPy is loaded once, when somebody wants it. */
async function loadNumpy() {
  const silent = () => {};
  const load = () =>
    pyodide.loadPackage("numpy", { messageCallback: silent, errorCallback: silent });
  if (!pyodide.loadedPackages.numpy) await withFiles(load);
  if (!pyodide.loadedPackages.numpy)
    throw new Error(
      "NumPy could not be loaded; without a connection it is there only if it was used before.",
    );
}

/**
 * Pyodide fetches its files while it does a job; they come from the page.
 *
 * @template Done
 * @param {() => Promise<Done>} job
 */
async function withFiles(job) {
  answerFetch(async (address) => {
    const name = `../${String(address).split("/").slice(-2).join("/")}`;
    if (name.endsWith(".wasm")) return new Response(); // withModule has it
    return new Response(stream(name), { headers: { "Content-Type": "application/octet-stream" } });
  });
  try {
    return await job();
  } finally {
    answerFetch(null);
  }
}

/**
 * Pyodide takes its WebAssembly as the page has compiled it. It would wait for ever for one
 * that cannot be had.
 *
 * @template Done
 * @param {Promise<WebAssembly.Module>} compiled
 * @param {() => Promise<Done>} job
 */
async function withModule(compiled, job) {
  const { instantiateStreaming } = WebAssembly;
  WebAssembly.instantiateStreaming = async (_, imports) => {
    const module = await compiled;
    return { module, instance: await WebAssembly.instantiate(module, imports) };
  };
  try {
    const [done] = await Promise.all([job(), compiled]);
    return done;
  } finally {
    WebAssembly.instantiateStreaming = instantiateStreaming;
  }
}

/**
 * Handwritten digits, for who asks for them.
 *
 * @param {"train" | "test"} part
 */
function digits(part) {
  if (assets.digits) return bytes(`${assets.digits}${part}.bin`);
  throw new Error("this page was built without handwritten digits; build it where npm is");
}

/**
 * The files of a network, where the page's app needs it.
 *
 * @param {"extractor" | "classes"} part what looks at pictures; what makes classes of that
 */
async function networkFiles(part) {
  if (!needs.has(part)) return undefined;
  const names = ["model.json", "weights.bin"];
  const contents = await Promise.all(names.map((name) => bytes(assets[part] + name)));
  return Object.fromEntries(names.map((name, i) => [name, contents[i]]));
}

const networks = () => Promise.all([networkFiles("extractor"), networkFiles("classes")]);

/** @param {Uint8Array<ArrayBuffer>} memory for a later visit to start from */
async function keepSnapshot(memory) {
  try {
    await askWith([memory.buffer], "keepSnapshot", memory);
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    console.info("the next visit will start as slowly as this one:", message);
  }
}

/**
 * Python from the snapshot, or from its files where there is none or it cannot be used.
 *
 * @param {Function} loadPyodide
 * @param {{ indexURL: string, stdLibURL: string }} places
 * @param {ArrayBuffer | null} snapshot
 */
async function loadPython(loadPyodide, places, snapshot) {
  if (snapshot) {
    try {
      return { loaded: await loadPyodide({ ...places, _loadSnapshot: snapshot }), fresh: false };
    } catch (error) {
      console.info("starting without the snapshot:", /** @type {Error} */ (error).message);
    }
  }
  return { loaded: await loadPyodide({ ...places, _makeSnapshot: true }), fresh: true };
}

async function start() {
  stage("python", "Starting Python");
  const about = await ask("about");
  assets = about.assets;
  needs = new Set(about.needs);
  const [indexURL, stdLibURL] = [assets.pyodide, assets.stdlib].map(
    (place) => new URL(place, root).href,
  );
  const files = networks();
  const names = [assets.package, `${assets.jobs}${asked.app}.tar.txt`];
  const archives = names.map((name) => bytes(name));
  const opened = openDevice();
  const measured = Measured.open();
  const compiled = ask("compiled", `${assets.pyodide}pyodide.asm.wasm`);
  for (const early of [files, ...archives, opened, compiled]) early.catch(() => {}); // awaited below
  const [{ loadPyodide }, snapshot] = await Promise.all([
    import(new URL("pyodide.mjs", indexURL).href),
    ask("snapshot"),
  ]);
  const places = { indexURL, stdLibURL };
  const load = () => loadPython(loadPyodide, places, snapshot);
  const { loaded, fresh } = await withModule(compiled, () => withFiles(load));
  pyodide = loaded;
  // a stack too deep for the browser, say: no call is answered any more
  pyodide._api.on_fatal = (/** @type {Error} */ { message }) => tell({ event: "failed", message });
  const python = performance.now();
  stage("packages", "Loading pywebml");
  // a snapshot holds Python's memory, but no files
  const extractDir = pyodide.runPython(
    "import sys; [p for p in sys.path if p.endswith('site-packages')][0]",
  );
  for (const archive of archives) unpack(pyodide.FS, await archive, extractDir);
  // not the library's zip, which has not changed: to read its list anew takes longer than the rest
  pyodide.runPython(
    `known = sys.path_importer_cache; ` +
      `[known.pop(p) for p in [*known] if p.startswith(${JSON.stringify(extractDir)})]; del known`,
  );
  if (fresh) {
    pyodide.runPython("import pywebml.tab.methods");
    keepSnapshot(pyodide.makeMemorySnapshot());
  } else pyodide.runPython("import random; random.seed()"); // or each visit would draw the same
  pyodide.registerJsModule("pywebml_page", {
    gpu: () => gpu ?? undefined, // null is None no more in newer Pyodides
    xnnpack: () => xnnpack ?? undefined,
    loadNumpy,
    digits,
    measured: await measured,
    stores,
  });
  host = pyodide.pyimport("pywebml.tab.bridge").open(asked.app);
  const packages = performance.now();
  stage("device", "Opening the graphics adapter");
  await opened;
  if (needs.has("extractor")) stage("extractor", "Loading the network");
  info = await host.start(...(await files));
  const seconds = {
    python: (python - started) / 1e3,
    packages: (packages - python) / 1e3,
    ...info.seconds,
  };
  seconds.total = (performance.now() - started) / 1e3;
  info = {
    ...info,
    reason,
    snapshot: !fresh,
    seconds,
    versions: { ...info.versions, pyodide: pyodide.version },
  };
  tell({ event: "ready", info });
}

/**
 * A lost device takes its buffers along; samples and head are on Python's side and
 * start again on a new one: once the page is seen, as phones take the device of a page in
 * the background away, and may have none for it there.
 *
 * @param {{ message: string }} loss
 */
async function onLost({ message }) {
  tell({ event: "lost", message: message || "The graphics device was lost." });
  await ask("seen");
  await openDevice();
  info = { ...info, ...(await host.start(...(await networks()))), reason };
  tell({ event: "restored", info });
}

const LOST = /device (was|is) lost/i; // what browsers say of it

/**
 * Whether a call failed because its device went away; the browser says so about when
 * the call fails.
 *
 * @param {Gpu | null} device
 */
function wasLost(device) {
  if (!device) return false;
  const soon = new Promise((done) => setTimeout(done, 100, false));
  return Promise.race([device.lost.then(() => true), soon]);
}

confine();
const ready = start().catch((error) => {
  tell({ event: "failed", message: error.message });
  throw error;
});
ready.catch(() => {});

addEventListener("message", async ({ data: { id, method, args = {} } }) => {
  try {
    await ready;
    const used = gpu;
    let answer;
    if (method === "ready") answer = { result: info };
    else if (method === "lose_device") answer = { result: gpu?.lose() ?? null };
    else {
      const report = (/** @type {any} */ progress) => tell({ id, progress });
      answer = await host.call(method, args, report);
    }
    if (answer.error && (LOST.test(answer.error.message) || (await wasLost(used))))
      answer.error = { name: "DeviceLost", message: "The graphics device was lost; try again." };
    tell({ id, ...answer });
  } catch (error) {
    const { name, message } = /** @type {Error} */ (error);
    tell({ id, error: { name, message } });
  } finally {
    args.image?.close?.();
  }
});
