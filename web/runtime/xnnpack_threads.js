// Opens the library of XNNPACK's kernels on several threads, where the browser lets this
// page share memory with workers (cross-origin isolation). The library has a build of its
// own for that; what its threads ask for is in xnnpack_thread.js.

import { hasWorkers, startWorker } from "./trusted.js";
import { gaveUp, imports, MOST, PAGE, Trouble } from "./xnnpack_library.js";

const START = 2 ** 24; // what the build with threads needs to begin with
const [LEAST, MOST_THREADS] = [2, 4]; // more have too little to do in a small network's layers
const STACK = 1 << 16; // bytes of a thread's stack

/**
 * Memory that threads can share, and how many they may be; null for one thread.
 *
 * @returns {{ memory: WebAssembly.Memory, threads: number } | null}
 */
export function shared() {
  const cores = navigator.hardwareConcurrency ?? 1;
  if (!globalThis.crossOriginIsolated || !hasWorkers || cores < LEAST) return null;
  // a kernel waits for the last of its threads, so the page and the browser get cores, too
  const threads = Math.max(LEAST, Math.min(MOST_THREADS, cores >> 1));
  try {
    const [initial, maximum] = [START / PAGE, MOST / PAGE];
    return { memory: new WebAssembly.Memory({ initial, maximum, shared: true }), threads };
  } catch {
    return null; // a telephone may have no room for as much as it might become
  }
}

/**
 * The build with threads, the same. The threads are workers; they end with this one.
 *
 * @param {Uint8Array<ArrayBuffer>} wasm
 * @param {{ memory: WebAssembly.Memory, threads: number }} shared
 * @returns {Promise<any>}
 */
export async function openShared(wasm, { memory, threads }) {
  const module = await WebAssembly.compile(wasm);
  const others = Array.from({ length: threads - 1 }, () => startWorker("xnnpack_thread.js"));
  await Promise.all(others.map((thread) => loaded(thread, { module, memory })));
  /** @type {any} */
  let library;
  const trouble = new Trouble();
  const common = imports(() => memory, trouble);
  const env = {
    ...common.env,
    memory,
    emscripten_num_logical_cores: () => 2 * threads, // the library takes half of them
    emscripten_get_now: () => performance.now(),
    emscripten_check_blocking_allowed: () => {},
    _emscripten_default_pthread_stack_size: () => STACK,
    __emscripten_init_main_thread_js(/** @type {number} */ self) {
      const [isPage, isFirst, mayWait] = [0, 1, 1];
      library._emscripten_thread_init(self, isPage, isFirst, mayWait);
      library._emscripten_tls_init();
    },
    /** The library waits until each has begun, so all workers are there before. */
    __pthread_create_js(
      /** @type {number} */ self,
      /** @type {number} */ _,
      /** @type {number} */ start,
      /** @type {number} */ arg,
    ) {
      const thread = others.pop();
      if (!thread) return 6; // EAGAIN
      thread.postMessage({ self, start, arg });
      return 0;
    },
    ...threadless,
  };
  const instance = await WebAssembly.instantiate(module, { ...common, env });
  library = { ...instance.exports, memory, trouble };
  library.__wasm_call_ctors();
  library.init_with_threads_count(threads);
  return library;
}

/** What only a program would ask for that ends its threads or has them do things for each other. */
const threadless = Object.fromEntries(
  [
    "emscripten_unwind_to_js_event_loop",
    "_emscripten_set_offscreencanvas_size",
    "emscripten_receive_on_main_thread_js",
    "_emscripten_notify_task_queue",
    "__emscripten_thread_cleanup",
    "exit",
  ].map((name) => [name, gaveUp]),
);

/**
 * @param {Worker} thread
 * @param {{ module: WebAssembly.Module, memory: WebAssembly.Memory }} what it runs
 */
function loaded(thread, what) {
  return new Promise((resolve, reject) => {
    thread.onmessage = resolve; // all that it ever says
    thread.onerror = () => reject(new Error("a thread of XNNPACK's could not be started"));
    thread.postMessage(what);
  });
}
