// The worker: starts Python, passes messages to pywebml/tab/methods.py and its
// answers back. What may be asked: docs/page.md.
import { Gpu } from "./gpu.js";
import { Measured } from "./measured.js";
import { Xnnpack } from "./xnnpack.js";

const here = import.meta.url;
const started = performance.now();
const asked = self.name; // "auto", "gpu" or "cpu": what computes, see docs/page.md
let pyodide,
  assets,
  gpu = null,
  xnnpack = null,
  reason = null,
  host,
  info;

const tell = (event, fields = {}) => postMessage({ event, ...fields });
const stage = (name, text) => tell("boot", { stage: name, text, done: 0, of: 0 });

async function bytes(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} is missing (${response.status}); reload the page`);
  return new Uint8Array(await response.arrayBuffer());
}

const heap = () => pyodide._module.HEAPU8.buffer;

// The graphics adapter, or else the processor.
async function openDevice() {
  gpu = null;
  try {
    if (asked === "cpu") throw new Error("The page's address asks for the CPU device.");
    const found = await Gpu.open(heap);
    if (asked !== "gpu" && found.describe().software) {
      found.lose();
      throw new Error("WebGPU has no graphics card here, so the processor computes.");
    }
    gpu = found;
    reason = null;
    gpu.lost.then(onLost);
  } catch (error) {
    reason = error.message;
    xnnpack ??= await Xnnpack.open(new URL(assets.xnnpack, here), heap);
  }
}

// NumPy is loaded once, when somebody wants it.
async function loadNumpy() {
  const silent = () => {};
  if (!pyodide.loadedPackages.numpy)
    await pyodide.loadPackage("numpy", { messageCallback: silent, errorCallback: silent });
  if (!pyodide.loadedPackages.numpy)
    throw new Error(
      "NumPy could not be loaded; without a connection it is there only if it was used before.",
    );
}

async function extractorFiles(folder) {
  const names = ["model.json", "weights.bin"];
  const found = await Promise.all(names.map((name) => bytes(new URL(name, folder))));
  return Object.fromEntries(names.map((name, i) => [name, found[i]]));
}

// Python's memory with pywebml imported, kept in CacheStorage under this build's
// address: a later visit starts from it.

const SNAPSHOTS = "snapshots-of-pywebml",
  SNAPSHOT = new URL("snapshot", here).href;

async function keptSnapshot() {
  try {
    const response = await (await caches.open(SNAPSHOTS)).match(SNAPSHOT);
    const memory = await response?.arrayBuffer();
    // Pyodide hangs on half of one
    return memory && Number(response.headers.get("X-Bytes")) === memory.byteLength
      ? memory
      : undefined;
  } catch {
    return undefined; // no CacheStorage here: Python starts from its files
  }
}

async function keepSnapshot(memory) {
  try {
    await caches.delete(SNAPSHOTS); // those of older builds
    await (
      await caches.open(SNAPSHOTS)
    ).put(SNAPSHOT, new Response(memory, { headers: { "X-Bytes": memory.byteLength } }));
  } catch (error) {
    console.info("the next visit will start as slowly as this one:", error.message);
  }
}

// Python from the snapshot, or from its files where there is none or it cannot be used.
async function loadPython(loadPyodide, indexURL, kept) {
  if (kept) {
    try {
      return { loaded: await loadPyodide({ indexURL, _loadSnapshot: kept }), fresh: false };
    } catch (error) {
      console.info("starting without the snapshot:", error.message);
    }
  }
  return { loaded: await loadPyodide({ indexURL, _makeSnapshot: true }), fresh: true };
}

async function start() {
  stage("python", "Starting Python");
  assets = await (await fetch(new URL("assets.json", here))).json();
  const folder = new URL(assets.pyodide, here).href;
  const files = extractorFiles(new URL(assets.extractor, here));
  const wheel = bytes(new URL(assets.wheel, here));
  const opened = openDevice(),
    opening = Measured.open();
  for (const early of [files, wheel, opened]) early.catch(() => {}); // awaited below
  const [{ loadPyodide }, kept] = await Promise.all([
    import(new URL("pyodide.mjs", folder).href),
    keptSnapshot(),
  ]);
  const { loaded, fresh } = await loadPython(loadPyodide, folder, kept);
  pyodide = loaded;
  const python = performance.now();
  stage("packages", "Loading pywebml");
  pyodide.unpackArchive(await wheel, "wheel"); // a snapshot holds Python's memory, but no files
  if (fresh) {
    pyodide.runPython("import pywebml.tab.methods");
    keepSnapshot(pyodide.makeMemorySnapshot());
    // or each visit would draw the same numbers
  } else pyodide.runPython("import random; random.seed()");
  pyodide.registerJsModule("pywebml_page", {
    gpu: () => gpu,
    xnnpack: () => xnnpack,
    loadNumpy,
    measured: await opening,
  });
  host = pyodide.pyimport("pywebml.tab.bridge").open();
  const packages = performance.now();
  stage("device", "Opening the graphics adapter");
  await opened;
  stage("extractor", "Loading the network");
  info = await host.start(await files);
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
  tell("ready", { info });
}

// A lost device takes its buffers along; samples and head are on Python's side and
// start again on a new one.
async function onLost({ message }) {
  tell("lost", { message: message || "The graphics device was lost." });
  await openDevice();
  info = {
    ...info,
    ...(await host.start(await extractorFiles(new URL(assets.extractor, here)))),
    reason,
  };
  tell("restored", { info });
}

// Whether a call failed because its device went away; the browser says so about when
// the call fails.
const wasLost = (device) =>
  device &&
  Promise.race([device.lost.then(() => true), new Promise((done) => setTimeout(done, 100, false))]);

const ready = start().catch((error) => {
  tell("failed", { message: error.message });
  throw error;
});
ready.catch(() => {});

onmessage = async ({ data: { id, method, args = {} } }) => {
  try {
    await ready;
    const used = gpu;
    let answer;
    if (method === "ready") answer = { result: info };
    else if (method === "lose_device") answer = { result: gpu?.lose() ?? null };
    else answer = await host.call(method, args, (progress) => postMessage({ id, progress }));
    if (answer.error && (await wasLost(used)))
      answer.error = { name: "DeviceLost", message: "The graphics device was lost; try again." };
    postMessage({ id, ...answer });
  } catch ({ name, message }) {
    postMessage({ id, error: { name, message } });
  } finally {
    args.image?.close?.();
  }
};
