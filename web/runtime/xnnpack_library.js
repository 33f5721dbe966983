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
  const trouble = new Trouble();
  const { instance } = await WebAssembly.instantiate(
    wasm,
    imports(() => memory, trouble),
  );
  /** @type {any} */
  const library = { ...instance.exports, trouble };
  memory = library.memory;
  library.__wasm_call_ctors();
  library.init();
  return library;
}

export function gaveUp() {
  throw new Error("XNNPACK gave up; this is a bug of pywebml");
}

/**
 * What a kernel complains of, which returns then as if it had done its work: that it got
 * no memory for what it makes of weights.
 */
export class Trouble {
  #heard = false;
  #bytes = 0; // of the memory that there was no room for

  /** @param {number} bytes */
  refused(bytes) {
    this.#bytes = bytes;
  }

  complained() {
    this.#heard = true;
  }

  /** What it was, in words, once; "" for nothing. */
  take() {
    if (!this.#heard) return "";
    const bytes = this.#bytes;
    this.#heard = false;
    this.#bytes = 0;
    if (!bytes) return "XNNPACK refuses to compute this";
    return `XNNPACK would need ${(bytes / 1e6).toFixed(0)} MB of memory, which it does not get`;
  }
}

/**
 * What both builds ask for.
 *
 * @param {() => WebAssembly.Memory} memory
 * @param {Trouble} trouble
 */
export function imports(memory, trouble) {
  const grow = (/** @type {number} */ bytes) => {
    try {
      const more = Math.ceil((bytes - memory().buffer.byteLength) / PAGE);
      if (bytes <= MOST && memory().grow(more) >= 0) return 1;
    } catch {
      // a browser has no more, as on telephones
    }
    trouble.refused(bytes);
    return 0;
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
      fd_write: () => {
        trouble.complained(); // there is no console in there
        return 8; // EBADF
      },
    },
  };
}
