// XNNPACK's kernels in WebAssembly, for a tab without WebGPU: the CPU device's products
// and convolutions (pywebml/device/xnnpack.py).
//
// The library is the compiled part of TensorFlow.js's wasm backend, without the rest of
// it. It knows tensors by numbers: a place in its memory and how many elements lie
// there; several may lie in one buffer. What its kernels take is written beside the
// calls, in pywebml/ops/support/xnnpack_calls.py. A list of calls of any length is played by
// one call from Python.

const SPARE = 64; // bytes after a buffer: XNNPACK reads up to 16 bytes beyond what it was given
// bytes of a page of memory, and of all that the library was built for
const PAGE = 1 << 16,
  MOST = 2 ** 31;

export class Xnnpack {
  // `url`: the library; `heap`: the memory of Python, asked for anew each time, since
  // it moves as it grows.
  static async open(url, heap) {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url} is missing (${response.status}); reload the page`);
    let memory = null;
    const grow = (bytes) => {
      if (bytes > MOST) return 0;
      try {
        return memory.grow(Math.ceil((bytes - memory.buffer.byteLength) / PAGE)) >= 0 ? 1 : 0;
      } catch {
        return 0;
      }
    };
    const { instance } = await WebAssembly.instantiate(await response.arrayBuffer(), {
      env: {
        abort: () => {
          throw new Error("XNNPACK gave up; this is a bug of pywebml");
        },
        emscripten_memcpy_big: (to, from, n) =>
          new Uint8Array(memory.buffer).copyWithin(to, from, from + n),
        emscripten_get_heap_max: () => MOST,
        emscripten_resize_heap: (bytes) => grow(bytes >>> 0),
      },
      wasi_snapshot_preview1: {
        fd_close: () => 0,
        fd_seek: () => 0,
        fd_write: () => 8 /* EBADF: there is no console in there */,
      },
    });
    memory = instance.exports.memory;
    instance.exports.__wasm_call_ctors();
    instance.exports.init();
    return new Xnnpack(instance.exports, heap);
  }

  constructor(library, heap) {
    this.library = library;
    this.heap = heap;
    this.painter = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    this.buffers = new Map(); // number -> {at, bytes, tensors: Map(number -> elements), packed}
    this.homes = new Map(); // number of a tensor -> its buffer
    this.own = {
      pack: (tensor) => {
        this.homes.get(tensor).packed = true;
      },
      change: (tensor) => this.#renew(this.homes.get(tensor)),
      widen: (bytes, floats, n) =>
        this.#view(Float32Array, floats, n).set(this.#view(Uint8Array, bytes, n)),
      mask: (values, by, n, most) =>
        this.#mask(
          this.#view(Float32Array, values, n),
          this.#view(Float32Array, by, n),
          most || Infinity,
        ),
    };
    this.kernels = [];
  }

  // A number for a kernel in lists of calls, by the library's name for it or one of
  // ours: `pack` says that the library is about to keep a tensor's values, rearranged,
  // until they change; `change`, that they do; `widen` makes n floats of as many bytes;
  // `mask` sets floats to 0 where those of `by` are not above 0 and below `most` (if
  // any).
  kernel(name) {
    const kernel = this.own[name] ?? this.library[name];
    if (!kernel) throw new Error(`XNNPACK has no kernel ${name}`);
    return this.kernels.push(kernel) - 1;
  }

  // Memory for a buffer, unless it has enough. What was in a smaller one is lost.
  hold(buffer, bytes) {
    let held = this.buffers.get(buffer);
    if (held?.bytes >= bytes) return;
    if (held) this.drop(buffer);
    else this.buffers.set(buffer, (held = { at: 0, bytes: 0, tensors: new Map(), packed: false }));
    held.at = this.#malloc(bytes + SPARE);
    held.bytes = bytes;
    for (const [tensor, size] of held.tensors) this.library.register_tensor(tensor, size, held.at);
  }

  // Gives the memory of a buffer back. Its tensors are there again when it is held
  // again.
  drop(buffer) {
    const held = this.buffers.get(buffer);
    if (!held?.bytes) return;
    for (const tensor of held.tensors.keys()) this.library.dispose_data(tensor);
    this.library.free(held.at);
    Object.assign(held, { at: 0, bytes: 0, packed: false });
  }

  // A tensor of `size` elements at the start of a buffer that is held.
  tensor(tensor, buffer, size) {
    const held = this.buffers.get(buffer);
    held.tensors.set(tensor, size);
    this.homes.set(tensor, held);
    this.library.register_tensor(tensor, size, held.at);
  }

  // The address of a list of integers, which stays.
  integers(pointer, n) {
    const at = this.#malloc(4 * n);
    new Int32Array(this.library.memory.buffer, at, n).set(new Int32Array(this.heap(), pointer, n));
    return at;
  }

  write(buffer, pointer, bytes) {
    const held = this.buffers.get(buffer);
    this.#renew(held);
    new Uint8Array(this.library.memory.buffer, held.at, bytes).set(
      new Uint8Array(this.heap(), pointer, bytes),
    );
  }

  // The RGBA bytes of an ImageBitmap, VideoFrame, canvas or ImageData; says how many
  // they are.
  picture(buffer, image) {
    const data = image.data ?? this.#painted(image);
    new Uint8Array(this.library.memory.buffer, this.buffers.get(buffer).at, data.length).set(data);
    return data.length;
  }

  #painted(image) {
    const width = image.displayWidth ?? image.width,
      height = image.displayHeight ?? image.height,
      { canvas } = this.painter;
    if (canvas.width !== width || canvas.height !== height)
      Object.assign(canvas, { width, height });
    this.painter.globalCompositeOperation = "copy";
    this.painter.drawImage(image, 0, 0, width, height);
    return this.painter.getImageData(0, 0, width, height).data;
  }

  read(buffer, pointer, bytes) {
    const { at } = this.buffers.get(buffer);
    new Uint8Array(this.heap(), pointer, bytes).set(
      new Uint8Array(this.library.memory.buffer, at, bytes),
    );
  }

  // Plays a list of n integers in Python's memory: kernel, number of arguments,
  // arguments, and so on.
  play(pointer, n) {
    const list = new Int32Array(this.heap(), pointer, n); // the calls leave Python's memory alone
    for (let i = 0; i < n; i += 2 + list[i + 1])
      this.kernels[list[i]](...list.subarray(i + 2, i + 2 + list[i + 1]));
  }

  #malloc(bytes) {
    const at = this.library.malloc(bytes);
    if (!at)
      throw new Error(`no memory left for ${(bytes / 1e6).toFixed(0)} MB; use a smaller batch`);
    return at;
  }

  // The library keeps weights as it packed them for as long as it knows their tensor,
  // so it must meet the tensor anew.
  #renew(held) {
    if (!held.packed) return;
    held.packed = false;
    for (const [tensor, size] of held.tensors) {
      this.library.dispose_data(tensor);
      this.library.register_tensor(tensor, size, held.at);
    }
  }

  #mask(values, by, most) {
    for (let i = 0; i < values.length; i++) if (!(by[i] > 0 && by[i] < most)) values[i] = 0;
  }

  #view(Kind, tensor, n) {
    return new Kind(this.library.memory.buffer, this.homes.get(tensor).at, n);
  }
}
