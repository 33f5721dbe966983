// Plays a plan on XNNPACK's kernels in WebAssembly, through xnnpack.js, where there is no
// WebGPU: on the thread that asks.
import { PlanError, weightsOf } from "./plan.js";
import { Xnnpack } from "./xnnpack.js";
import { openAlone } from "./xnnpack_library.js";

/** @typedef {import("./plan.js").Plan} Plan */
/** @typedef {import("./plan.js").CpuPart} CpuPart */

const NO_ROOM = "This device has not enough memory for the model. Close other tabs and try again.";

export class CpuPlayer {
  /**
   * @param {Plan} plan
   * @param {ArrayBuffer} bytes of its weights
   * @param {Uint8Array<ArrayBuffer>} wasm the library
   */
  static async open(plan, bytes, wasm) {
    return new CpuPlayer(await openAlone(wasm), plan, bytes);
  }

  /**
   * @param {any} library
   * @param {Plan} plan
   * @param {ArrayBuffer} bytes
   */
  constructor(library, plan, bytes) {
    const part = /** @type {CpuPart} */ (plan.cpu);
    const [height, width] = plan.picture.size;
    this.name = "XNNPACK";
    /** @type {Promise<never>} */
    this.lost = new Promise(() => {});
    this.input = part.input;
    this.output = part.output;
    this.picture = new Float32Array(3 * height * width);
    this.scores = new Float32Array(plan.labels.length);
    /** @type {ArrayBuffer} what xnnpack.js reads and writes next */
    this.heap = new ArrayBuffer(0);
    this.xnnpack = new Xnnpack(library, () => this.heap);
    part.buffers.forEach((size, i) => this.#hold(i, size));
    weightsOf(plan, part, bytes).forEach((floats, i) => {
      this.#hold(part.buffers.length + i, floats.byteLength);
      this.#write(part.buffers.length + i, floats);
    });
    const list = this.#calls(part);
    this.list = this.#lay([list]);
    this.#play(); // packs the weights
  }

  /**
   * @param {number} buffer
   * @param {number} bytes
   */
  #hold(buffer, bytes) {
    if (!this.xnnpack.hold(buffer, bytes)) throw new PlanError(NO_ROOM);
  }

  /**
   * Numbers where xnnpack.js reads them next.
   *
   * @param {number[]} numbers
   */
  #lay(numbers) {
    const laid = new Int32Array(numbers);
    this.heap = laid.buffer;
    return laid;
  }

  /**
   * @param {number} buffer
   * @param {Float32Array} floats
   */
  #write(buffer, floats) {
    this.heap = /** @type {ArrayBuffer} */ (floats.buffer);
    this.xnnpack.write(buffer, floats.byteOffset, floats.byteLength);
  }

  /**
   * The number of the list of all calls.
   *
   * @param {CpuPart} part
   */
  #calls({ calls }) {
    /** @type {Map<string, number>} */
    const tensors = new Map();
    /** @type {number[]} */
    const numbers = [];
    /** @param {any} arg */
    const place = (arg) => {
      if (typeof arg === "number") return arg;
      if (Array.isArray(arg)) {
        this.#lay(arg);
        const list = this.xnnpack.integers(0, arg.length);
        if (!list) throw new PlanError(NO_ROOM);
        return list;
      }
      const key = `${arg.of} ${arg.size}`;
      const known = tensors.get(key);
      if (known) return known;
      const tensor = tensors.size + 1;
      tensors.set(key, tensor);
      this.xnnpack.tensor(tensor, arg.of, arg.size);
      return tensor;
    };
    for (const [kernel, ...args] of calls)
      numbers.push(this.xnnpack.kernel(kernel), args.length, ...args.map(place));
    this.#lay(numbers);
    return this.xnnpack.calls(0, numbers.length);
  }

  #play() {
    this.heap = this.list.buffer;
    let trouble;
    try {
      trouble = this.xnnpack.play(0, 1);
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError)
        throw new PlanError("The model cannot be computed: its calls do not fit together.");
      throw error;
    }
    if (trouble) throw new PlanError(NO_ROOM);
  }

  /** The scores of what is in `picture`. */
  async play() {
    this.#write(this.input, this.picture);
    this.#play();
    this.heap = /** @type {ArrayBuffer} */ (this.scores.buffer);
    this.xnnpack.read(this.output, 0, this.scores.byteLength);
    return this.scores;
  }

  close() {
    this.xnnpack = /** @type {any} */ (null); // its memory goes with it
  }
}
