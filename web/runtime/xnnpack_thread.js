// A thread of XNNPACK's library: a worker that instantiates the module on the memory that
// it shares with the others, and then computes until it is ended (xnnpack_library.js).

/**
 * @typedef {object} Begin as Emscripten's pthread_create has it
 * @property {number} self address of what the library knows of this thread
 * @property {number} start function that it runs, by its place in the table
 * @property {number} arg
 */

// where the library's `struct pthread` has the top of its stack and its size
const STACK = 52 / 4;
const STACK_SIZE = 56 / 4;

/** @type {any} what the library offers, by names of C */
let library;
/** @type {WebAssembly.Memory} */
let memory;

/** @param {WebAssembly.Module} module */
async function load(module) {
  const env = {
    memory,
    emscripten_get_now: () => performance.now(),
    emscripten_memcpy_big: (
      /** @type {number} */ to,
      /** @type {number} */ from,
      /** @type {number} */ n,
    ) => new Uint8Array(memory.buffer).copyWithin(to, from, from + n),
  };
  /** @type {Record<string, any>} */
  const imports = { env, wasi_snapshot_preview1: {} };
  for (const { module: from, name } of WebAssembly.Module.imports(module))
    imports[from][name] ??= () => {
      throw new Error(`a thread of XNNPACK's asked for ${name}; this is a bug of pywebml`);
    };
  library = (await WebAssembly.instantiate(module, imports)).exports;
  postMessage("loaded");
}

/** @param {Begin} begin */
function run({ self, start, arg }) {
  const [isPage, isFirst, mayWait] = [0, 0, 1];
  library._emscripten_thread_init(self, isPage, isFirst, mayWait);
  const numbers = new Int32Array(memory.buffer, self);
  const top = numbers[STACK];
  library.emscripten_stack_set_limits(top, top - numbers[STACK_SIZE]);
  library.stackRestore(top);
  library._emscripten_tls_init();
  library.__indirect_function_table.get(start)(arg);
}

onmessage = ({ data }) => {
  if (!data.module) return run(data);
  memory = data.memory;
  load(data.module);
};
