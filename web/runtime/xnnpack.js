// XNNPACK's kernels in WebAssembly, for a tab without WebGPU: the CPU device's products,
// convolutions and pools (pywebml/device/xnnpack.py).
//
// The library is the compiled part of TensorFlow.js's wasm backend, without the rest of
// it. It knows tensors by numbers: a place in its memory and how many elements lie
// there; several may lie in one buffer. What its kernels take is written beside the
// calls, in pywebml/ops/support/xnnpack_calls.py. A list of calls of any length is played by
// one call from Python.

const SPARE = 64; // bytes after a buffer: XNNPACK reads up to 16 bytes beyond what it was given

/**
 * @typedef {object} Home memory of a buffer, where its tensors are
 * @property {number} at its address, 0 for none
 * @property {number} bytes
 * @property {Map<number, number>} tensors number -> elements
 * @property {boolean} packed whether the library keeps something made of it
 */

/** @typedef {[kernel: (...args: number[]) => void, args: number[]]} Call */

export class Xnnpack {
  /**
   * @param {any} library what xnnpack_library.js has opened
   * @param {() => ArrayBuffer} heap the memory of Python, asked for anew each time, since
   *   it moves as it grows
   */
  constructor(library, heap) {
    this.library = library;
    this.threads = library.get_threads_count();
    this.heap = heap;
    /** @type {OffscreenCanvasRenderingContext2D | null} */
    this.painter = null;
    /** @type {Map<number, Home>} by number */
    this.buffers = new Map();
    /** @type {Map<number, Home>} number of a tensor -> its buffer */
    this.homes = new Map();
    /** @type {Record<string, (...args: number[]) => void>} */
    this.own = {
      pack: (tensor) => {
        this.#home(tensor).packed = true;
      },
      change: (tensor) => this.#renew(this.#home(tensor)),
      widen: (bytes, floats, n) =>
        this.#view(Float32Array, floats, n).set(this.#view(Uint8Array, bytes, n)),
      lay: (x, rows, n, y, at, stride) =>
        this.#lay(this.#home(x).at, rows, n, this.#home(y).at, at, stride),
      products: (count, m, depth, n, ...args) => this.#products(count, [m, depth, n], args),
      mask: (values, by, n, most) =>
        this.#mask(
          this.#view(Float32Array, values, n),
          this.#view(Float32Array, by, n),
          most || Infinity,
        ),
    };
    /** @type {((...args: number[]) => void)[]} */
    this.kernels = [];
    /** @type {Map<number, Call[]>} lists of calls, by number */
    this.lists = new Map();
    this.last = 0;
  }

  /** @param {number} buffer */
  #buffer(buffer) {
    return /** @type {Home} */ (this.buffers.get(buffer));
  }

  /** @param {number} tensor */
  #home(tensor) {
    return /** @type {Home} */ (this.homes.get(tensor));
  }

  /**
   * A number for a kernel in lists of calls, by the library's name for it or one of
   * ours: `pack` says that the library is about to keep a tensor's values, rearranged,
   * until they change; `change`, that they do; `widen` makes n floats of as many bytes;
   * `lay` puts rows of n floats into wider ones; `products` multiplies matrix by matrix;
   * `mask` sets floats to 0 where those of `by` are not above 0 and below `most` (if any).
   *
   * @param {string} name
   */
  kernel(name) {
    const kernel = this.own[name] ?? this.library[name];
    if (!kernel) throw new Error(`XNNPACK has no kernel ${name}`);
    return this.kernels.push(kernel) - 1;
  }

  /**
   * Memory for a buffer, unless it has enough; whether there is so much. What was in a
   * smaller one is lost.
   *
   * @param {number} buffer
   * @param {number} bytes
   */
  hold(buffer, bytes) {
    let home = this.buffers.get(buffer);
    if (home && home.bytes >= bytes) return true;
    this.drop(buffer);
    home ??= { at: 0, bytes: 0, tensors: new Map(), packed: false };
    this.buffers.set(buffer, home);
    const at = this.library.malloc(bytes + SPARE);
    if (!at) return false;
    Object.assign(home, { at, bytes });
    for (const [tensor, size] of home.tensors) this.library.register_tensor(tensor, size, home.at);
    return true;
  }

  /**
   * Gives the memory of a buffer back. Its tensors are there again when it is held
   * again.
   *
   * @param {number} buffer
   */
  drop(buffer) {
    const home = this.buffers.get(buffer);
    if (!home?.bytes) return;
    for (const tensor of home.tensors.keys()) this.library.dispose_data(tensor);
    this.library.free(home.at);
    Object.assign(home, { at: 0, bytes: 0, packed: false });
    if (!home.tensors.size) this.buffers.delete(buffer);
  }

  /**
   * A tensor of `size` elements at the start of a buffer that is held.
   *
   * @param {number} tensor
   * @param {number} buffer
   * @param {number} size
   */
  tensor(tensor, buffer, size) {
    const home = this.#buffer(buffer);
    home.tensors.set(tensor, size);
    this.homes.set(tensor, home);
    this.library.register_tensor(tensor, size, home.at);
  }

  /** @param {number} tensor that no list of calls has any more */
  drop_tensor(tensor) {
    const home = this.#home(tensor);
    if (home.bytes) this.library.dispose_data(tensor);
    home.tensors.delete(tensor);
    this.homes.delete(tensor);
  }

  /**
   * The address of a list of integers, which stays until it is dropped; 0 where there is no memory for it.
   *
   * @param {number} pointer
   * @param {number} n
   */
  integers(pointer, n) {
    const at = this.library.malloc(4 * n);
    if (!at) return 0;
    new Int32Array(this.library.memory.buffer, at, n).set(new Int32Array(this.heap(), pointer, n));
    return at;
  }

  /** @param {number} at address of a list of integers */
  drop_integers(at) {
    this.library.free(at);
  }

  /**
   * @param {number} buffer
   * @param {number} pointer
   * @param {number} bytes
   */
  write(buffer, pointer, bytes) {
    const home = this.#buffer(buffer);
    this.#renew(home);
    new Uint8Array(this.library.memory.buffer, home.at, bytes).set(
      new Uint8Array(this.heap(), pointer, bytes),
    );
  }

  /**
   * The RGBA bytes of a picture; says how many they are.
   *
   * @param {number} buffer
   * @param {import("./gpu_pictures.js").Picture} image
   */
  picture(buffer, image) {
    const data = "data" in image ? image.data : this.#painted(image);
    new Uint8Array(this.library.memory.buffer, this.#buffer(buffer).at, data.length).set(data);
    return data.length;
  }

  /** @param {Exclude<import("./gpu_pictures.js").Picture, ImageData>} image */
  #painted(image) {
    const video = "displayWidth" in image;
    const width = video ? image.displayWidth : image.width;
    const height = video ? image.displayHeight : image.height;
    if (!this.painter) {
      const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
      this.painter = /** @type {OffscreenCanvasRenderingContext2D} */ (context);
    }
    const { canvas } = this.painter;
    if (canvas.width !== width || canvas.height !== height)
      Object.assign(canvas, { width, height });
    this.painter.globalCompositeOperation = "copy";
    this.painter.drawImage(image, 0, 0, width, height);
    return this.painter.getImageData(0, 0, width, height).data;
  }

  /**
   * @param {number} buffer
   * @param {number} pointer
   * @param {number} bytes
   */
  read(buffer, pointer, bytes) {
    const { at } = this.#buffer(buffer);
    new Uint8Array(this.heap(), pointer, bytes).set(
      new Uint8Array(this.library.memory.buffer, at, bytes),
    );
  }

  /**
   * A number for a list of calls, n integers in Python's memory: kernel, number of
   * arguments, arguments, and so on.
   *
   * @param {number} pointer
   * @param {number} n
   */
  calls(pointer, n) {
    const list = new Int32Array(this.heap(), pointer, n);
    /** @type {Call[]} */
    const calls = [];
    for (let i = 0; i < n; i += 2 + list[i + 1])
      calls.push([this.kernels[list[i]], [...list.subarray(i + 2, i + 2 + list[i + 1])]]);
    this.lists.set(++this.last, calls);
    return this.last;
  }

  /** @param {number} list of calls that is not played any more */
  forget(list) {
    this.lists.delete(list);
  }

  /**
   * Plays n lists of calls, whose numbers are in Python's memory. Says what went wrong,
   * or "".
   *
   * @param {number} pointer
   * @param {number} n
   */
  play(pointer, n) {
    // the calls leave Python's memory alone
    for (const list of new Int32Array(this.heap(), pointer, n))
      for (const [kernel, args] of /** @type {Call[]} */ (this.lists.get(list))) kernel(...args);
    return this.library.trouble.take();
  }

  /**
   * The library keeps weights as it packed them for as long as it knows their tensor,
   * so it must meet the tensor anew.
   *
   * @param {Home} home
   */
  #renew(home) {
    if (!home.packed) return;
    home.packed = false;
    for (const [tensor, size] of home.tensors) {
      this.library.dispose_data(tensor);
      this.library.register_tensor(tensor, size, home.at);
    }
  }

  /**
   * Rows of n floats from address x on, to where rows of `stride` floats from address y
   * on have their number `at`.
   *
   * @param {number} x
   * @param {number} rows
   * @param {number} n
   * @param {number} y
   * @param {number} at
   * @param {number} stride
   */
  #lay(x, rows, n, y, at, stride) {
    const floats = new Float32Array(this.library.memory.buffer);
    for (let from = x / 4, to = y / 4 + at; rows--; from += n, to += stride)
      floats.copyWithin(to, from, from + n);
  }

  /**
   * Products of m x depth by depth x n of one matrix after the other: the tensors of
   * `_FusedMatMul`'s arguments are moved on to it, and back at the end.
   *
   * @param {number} count
   * @param {[m: number, depth: number, n: number]} sizes
   * @param {number[]} args
   */
  #products(count, [m, depth, n], args) {
    const [a, b, bias, y] = [args[0], args[3], args[9], /** @type {number} */ (args.at(-1))];
    /** @type {[tensor: number, size: number][]} */
    const parts = [
      [a, m * depth],
      [b, depth * n],
      [y, m * n],
    ];
    for (let i = 0; i < count; i++) {
      for (const [tensor, size] of parts) this.#place(tensor, size, i * size);
      this.library._FusedMatMul(...args);
      if (bias) this.#place(bias, n, 0); // or the library would note each call with it for ever
    }
    for (const [tensor, size] of parts) this.#place(tensor, count * size, 0);
  }

  /**
   * @param {number} tensor
   * @param {number} size
   * @param {number} from which float of its buffer on
   */
  #place(tensor, size, from) {
    this.library.dispose_data(tensor);
    this.library.register_tensor(tensor, size, this.#home(tensor).at + 4 * from);
  }

  /**
   * @param {Float32Array} values
   * @param {Float32Array} by
   * @param {number} most
   */
  #mask(values, by, most) {
    for (let i = 0; i < values.length; i++) if (!(by[i] > 0 && by[i] < most)) values[i] = 0;
  }

  /**
   * @template View
   * @param {new (memory: ArrayBuffer, at: number, n: number) => View} Kind
   * @param {number} tensor
   * @param {number} n
   */
  #view(Kind, tensor, n) {
    return new Kind(this.library.memory.buffer, this.#home(tensor).at, n);
  }
}
