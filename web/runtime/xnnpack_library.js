// Opens the library of XNNPACK's kernels, of which only what Emscripten compiled is taken:
// what it asks for is here. The build with threads: xnnpack_threads.js.

// bytes of a page of memory, and of all that the library may have
export const PAGE = 1 << 16;
export const MOST = 2 ** 31;

/**
 * The build without threads: what it offers by names of C, and `memory`.
 *
 * @param {Uint8Array<ArrayBuffer>} wasm
 * @returns {Promise<any>}
 */
export async function openAlone(wasm) {
  /** @type {WebAssembly.Memory} */
  let memory;
  const { instance } = await WebAssembly.instantiate(
    wasm,
    imports(() => memory),
  );
  /** @type {any} */
  const library = instance.exports;
  memory = library.memory;
  library.__wasm_call_ctors();
  library.init();
  return library;
}

export function gaveUp() {
  throw new Error("XNNPACK gave up; this is a bug of pywebml");
}

/**
 * What both builds ask for.
 *
 * @param {() => WebAssembly.Memory} memory
 */
export function imports(memory) {
  const grow = (/** @type {number} */ bytes) => {
    if (bytes > MOST) return 0;
    try {
      return memory().grow(Math.ceil((bytes - memory().buffer.byteLength) / PAGE)) >= 0 ? 1 : 0;
    } catch {
      return 0;
    }
  };
  return {
    env: {
      abort: gaveUp,
      emscripten_memcpy_big: (
        /** @type {number} */ to,
        /** @type {number} */ from,
        /** @type {number} */ n,
      ) => new Uint8Array(memory().buffer).copyWithin(to, from, from + n),
      emscripten_get_heap_max: () => MOST,
      emscripten_resize_heap: (/** @type {number} */ bytes) => grow(bytes >>> 0),
    },
    wasi_snapshot_preview1: {
      fd_close: () => 0,
      fd_seek: () => 0,
      fd_write: () => 8 /* EBADF: there is no console in there */,
    },
  };
}
