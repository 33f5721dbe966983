// Plays a plan on WebGPU, through gpu.js.
import { Gpu } from "./gpu.js";
import { weightsOf, wgslOf } from "./plan.js";

/** @typedef {import("./plan.js").Plan} Plan */
/** @typedef {import("./plan.js").GpuPart} GpuPart */

const ALIGN = 256; // WebGPU's minUniformBufferOffsetAlignment
const COPY = -1;

export class GpuPlayer {
  /**
   * Null where the graphics card is a program, unless that will do. Error, in one
   * sentence, where the browser has no WebGPU.
   *
   * @param {Plan} plan
   * @param {ArrayBuffer} bytes of its weights
   * @param {Record<string, string>} kernels
   * @param {boolean} software whether a program will do
   */
  static async open(plan, bytes, kernels, software) {
    /** @type {GpuPlayer} */
    let player;
    const gpu = await Gpu.open(() => player.heap);
    if (gpu.software && !software) {
      gpu.lose();
      return null;
    }
    player = new GpuPlayer(gpu, plan);
    try {
      player.#prepare(plan, /** @type {GpuPart} */ (plan.gpu), bytes, kernels);
    } catch (error) {
      gpu.lose();
      throw error;
    }
    return player;
  }

  /**
   * @param {Gpu} gpu
   * @param {Plan} plan
   */
  constructor(gpu, { gpu: part, picture, labels }) {
    const { commands, input, output } = /** @type {GpuPart} */ (part);
    this.gpu = gpu;
    this.name = gpu.describe().name;
    this.lost = gpu.lost;
    const [height, width] = picture.size;
    const floats = 3 * height * width;
    // what gpu.js reads and writes: picture, commands, scores
    this.memory = new ArrayBuffer(4 * (floats + commands.length + labels.length));
    this.heap = this.memory;
    this.picture = new Float32Array(this.memory, 0, floats);
    this.commands = new Int32Array(this.memory, 4 * floats, commands.length);
    this.scores = new Float32Array(this.memory, 4 * (floats + commands.length), labels.length);
    this.commands.set(commands);
    for (let at = 0; at < commands.length; at += 6)
      if (commands[at] === COPY)
        this.commands.set([buffer(commands[at + 1]), buffer(commands[at + 2])], at + 1);
    this.input = buffer(input);
    this.output = buffer(output);
  }

  /**
   * @param {Plan} plan
   * @param {GpuPart} part
   * @param {ArrayBuffer} bytes
   * @param {Record<string, string>} kernels
   */
  #prepare(plan, part, bytes, kernels) {
    const { gpu } = this;
    part.buffers.forEach((size, i) => gpu.alloc(buffer(i), size));
    weightsOf(plan, part, bytes).forEach((floats, i) => {
      const id = buffer(part.buffers.length + i);
      gpu.alloc(id, Math.max(16, floats.byteLength));
      this.heap = /** @type {ArrayBuffer} */ (floats.buffer);
      gpu.upload(id, 0, floats.byteOffset, floats.byteLength);
    });
    const pipelines = part.programs.map((program) => {
      const constants = JSON.stringify(program.constants);
      const code = wgslOf(kernels, program);
      return gpu.compile(program.name, code, program.entry, constants, program.layout);
    });
    const slab = buffer(part.buffers.length + part.weights.length);
    const aligned = part.groups.map(({ params }) => Math.ceil((4 * params.length) / ALIGN) * ALIGN);
    gpu.alloc(slab, Math.max(ALIGN, ...sums(aligned)), true);
    let offset = 0;
    part.groups.forEach(({ program, buffers, params }, i) => {
      const about = params.length ? [slab, offset, 4 * params.length, 1] : [0, 0, 0, 0];
      const bound = [pipelines[program], ...about, buffers.length, ...buffers.map(buffer)];
      this.heap = new Uint32Array([...bound, ...params]).buffer;
      gpu.bind(i, 0);
      offset += aligned[i];
    });
    this.heap = this.memory;
  }

  /** The scores of what is in `picture`. */
  async play() {
    const { gpu, picture, commands, scores } = this;
    gpu.upload(this.input, 0, picture.byteOffset, picture.byteLength);
    gpu.run(commands.byteOffset, commands.length);
    await gpu.download(this.output, scores.byteLength, scores.byteOffset);
    return scores;
  }

  close() {
    this.gpu.lose();
  }
}

/** gpu.js takes 0 for no buffer. */
const buffer = (/** @type {number} */ i) => i + 1;

/** @param {number[]} numbers */
function sums(numbers) {
  let sum = 0;
  return numbers.map((number) => (sum += number));
}
