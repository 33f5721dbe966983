// Plays pywebml's command lists on WebGPU. Python (pywebml/device/page.py) holds small
// integers; the objects they stand for lie in tables here. Arguments that are lists or
// bytes come as pointers into the wasm heap, so a call costs what a call of numbers
// costs. The heap is looked up on every call: growing memory detaches older views.
//
// Pipelines are compiled side by side, off the main thread. Whatever is to be done
// while some are still being compiled waits for them, in order; Python goes on
// meanwhile.
//
// Longer than 400 lines: one queue, whose order all of it depends on.

import { Pictures } from "./gpu_pictures.js";
import { soon } from "./soon.js";

const COMMAND = 6; // integers per command: pipeline, bind group, x, y, z, 0
const COPY = -1; //   or: COPY, source, destination, nbytes, source offset, destination offset
/** @type {Record<string, GPUBufferBindingType>} */
const KINDS = { r: "read-only-storage", w: "storage", u: "uniform" };
/** @type {Record<string, GPUFeatureName>} WebGPU's names of what a kernel's text enables */
const FEATURES = { f16: "shader-f16", subgroups: "subgroups" };
/** @type {(keyof GPUSupportedLimits)[]} */
const WANTED = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
];
const AFTERMATH = 100; // milliseconds that errors may trail behind the one that caused them
const PATIENCE = 20_000; // milliseconds for an adapter to answer: some browsers' never does
// bytes up to which a readback buffer is kept for the next readback of its size
const STAGING_KEPT = 16 << 20;

// milliseconds between looks at whether the GPU is done, and for how long
const NUDGE = 0.2;
const NUDGED = 20;
// commands that are submitted together: the first of a turn early, so that the GPU
// process starts on them
const FIRST = 8;
const TOGETHER = 64;

// Whether Python can wait in the middle of a call (JSPI), as what goes on after a read
// may do.
const SUSPENDS = "Suspending" in WebAssembly || "Suspender" in WebAssembly;

/** @typedef {() => ArrayBuffer} Heap the wasm memory, asked for anew each time */
/** @typedef {{ pipeline: GPUComputePipeline | null, layout: GPUBindGroupLayout }} Entry */

export class Gpu {
  /**
   * Opens the best adapter. Throws an Error with one sentence for people.
   *
   * @param {Heap} heap
   */
  static async open(heap) {
    if (!isSecureContext)
      throw new Error("Browsers offer WebGPU only on https pages and on localhost.");
    if (!navigator.gpu) throw new Error("This browser has no WebGPU.");
    const silent = "This browser has WebGPU, but its graphics adapter does not answer.";
    const asked = navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
    const adapter = await soon(asked, PATIENCE, silent);
    if (!adapter)
      throw new Error("This browser has WebGPU, but found no graphics adapter that it may use.");
    if (adapter.limits.maxStorageBuffersPerShaderStage < 8)
      throw new Error("This graphics adapter allows fewer than 8 storage buffers.");
    const limits = WANTED.map((name) => [name, Number(adapter.limits[name])]);
    const requiredLimits = Object.fromEntries(limits);
    const requiredFeatures = Object.values(FEATURES).filter((name) => adapter.features.has(name));
    const opened = adapter.requestDevice({ requiredFeatures, requiredLimits });
    const device = await soon(opened, PATIENCE, silent);
    return new Gpu(adapter, device, heap);
  }

  /**
   * @param {GPUAdapter} adapter
   * @param {GPUDevice} device
   * @param {Heap} heap
   */
  constructor(adapter, device, heap) {
    const { info } = adapter;
    this.adapter = adapter;
    this.software =
      info.isFallbackAdapter ||
      /swiftshader|llvmpipe|lavapipe|basic render/i.test(
        `${info.vendor} ${info.architecture} ${info.device} ${info.description}`,
      );
    this.device = device;
    this.heap = heap;
    /** @type {GPUBuffer[]} */
    this.buffers = [];
    /** @type {Entry[]} */
    this.pipelines = [];
    /** @type {GPUBindGroup[]} */
    this.groups = [];
    /** @type {Map<string, GPUShaderModule>} */
    this.modules = new Map();
    /** @type {Map<string, { group: GPUBindGroupLayout, pipeline: GPUPipelineLayout }>} */
    this.layouts = new Map();
    /** @type {Map<number, GPUBuffer[]>} */
    this.staging = new Map();
    this.compiling = 0;
    /** @type {GPUCommandEncoder | null} of commands that are not submitted yet */
    this.encoder = null;
    this.collected = 0; // how many
    this.together = FIRST; // and how many are submitted next
    /** @type {(() => void)[] | null} while pipelines are being compiled: what is to be done then */
    this.waiting = null;
    /** @type {string | null} the first error since somebody asked */
    this.fault = null;
    /** @type {Promise<string> | null} of what is said about it */
    this.report = null;
    this.calls = 0; // of run, for the benchmark
    /** @type {any} Python's function that hears of reads */
    this.answer = null;
    this.channel = new MessageChannel();
    /** @type {(() => void)[]} who waits for the next turn of the event loop */
    this.turns = [];
    this.channel.port1.onmessage = () => this.turns.shift()?.();
    this.pictures = new Pictures(device, this.software, {
      encode: () => this.#encode(),
      submit: () => this.#submit(),
      write: (buffer, bytes) => this.#write(buffer, 0, bytes),
    });
    this.lost = device.lost; // resolves to {reason, message}
    device.addEventListener("uncapturederror", (event) => this.#note(event.error.message));
  }

  describe() {
    const { info, limits } = this.adapter;
    const name =
      info.description ||
      [info.vendor, info.architecture, info.device].filter(Boolean).join(" ") ||
      "WebGPU";
    return {
      name,
      software: this.software,
      features: Object.keys(FEATURES).filter((name) => this.device.features.has(FEATURES[name])),
      min_subgroup: info.subgroupMinSize ?? 0,
      max_subgroup: info.subgroupMaxSize ?? 0,
      max_groups: limits.maxComputeWorkgroupsPerDimension,
      max_workgroup_bytes: limits.maxComputeWorkgroupStorageSize,
      max_binding: Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize),
    };
  }

  /** @param {string} message */
  #note(message) {
    this.fault ??= message;
  }

  /**
   * Throws what went wrong, as one Error, to everybody who waits for results then. One
   * fault brings others along, which are waited for.
   */
  async #check() {
    if (this.fault === null) return;
    this.report ??= new Promise((resolve) =>
      setTimeout(() => {
        resolve(this.fault ?? "");
        this.fault = this.report = null;
      }, AFTERMATH),
    );
    throw new Error(await this.report);
  }

  /**
   * Does something now, or after what waits.
   *
   * @param {() => void} action
   */
  #inTurn(action) {
    if (this.waiting) this.waiting.push(action);
    else action();
  }

  #compiled() {
    this.compiling--;
    if (this.compiling) return;
    const actions = this.waiting ?? [];
    this.waiting = null;
    for (const action of actions) {
      try {
        action();
      } catch (error) {
        this.#note(/** @type {Error} */ (error).message);
      }
    }
  }

  // Where commands are collected. What one turn of the event loop brings, a picture, a
  // replay and the copy of its result, goes out in few submits: on an H100 a frame took
  // 0.15 ms less than with one for each, and 0.2 ms less in two, the first of them
  // early, than in one. An external texture would expire after that turn.
  #encode() {
    if (!this.encoder) {
      this.encoder = this.device.createCommandEncoder();
      queueMicrotask(() => {
        this.#submit();
        this.together = FIRST;
      });
    }
    return this.encoder;
  }

  // Before whatever the queue does at once: writes, copies from pictures, and
  // destroying buffers.
  #submit() {
    if (!this.encoder) return;
    const { encoder } = this;
    this.encoder = null;
    this.collected = 0;
    this.together = TOGETHER;
    this.device.queue.submit([encoder.finish()]);
  }

  // buffers

  /**
   * @param {number} id
   * @param {number} capacity
   */
  alloc(id, capacity, uniform = false) {
    const usage =
      (uniform ? GPUBufferUsage.UNIFORM : GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC) |
      GPUBufferUsage.COPY_DST;
    this.buffers[id] = this.device.createBuffer({ size: capacity, usage });
  }

  /** @param {number} id */
  destroy(id) {
    this.#inTurn(() => {
      this.#submit();
      this.buffers[id].destroy();
      delete this.buffers[id];
    });
  }

  /**
   * @param {number} id
   * @param {number} offset
   * @param {number} pointer
   * @param {number} nbytes
   */
  upload(id, offset, pointer, nbytes) {
    if (!this.waiting) this.#write(this.buffers[id], offset, this.heap(), pointer, nbytes);
    else {
      const data = this.heap().slice(pointer, pointer + nbytes);
      this.#inTurn(() => this.#write(this.buffers[id], offset, data));
    }
  }

  /**
   * @param {GPUBuffer} buffer
   * @param {number} offset
   * @param {ArrayBuffer | Uint8ClampedArray<ArrayBuffer>} data
   * @param {number} [start] of what is written, in bytes
   * @param {number} [nbytes]
   */
  #write(buffer, offset, data, start, nbytes) {
    this.#submit();
    this.device.queue.writeBuffer(buffer, offset, data, start, nbytes);
  }

  /**
   * The first nbytes of a buffer into the heap at `pointer`, after all that was run
   * before.
   *
   * @param {number} id
   * @param {number} nbytes
   * @param {number} pointer
   */
  async download(id, nbytes, pointer) {
    const aligned = (nbytes + 3) & ~3;
    const pool = this.staging.get(aligned);
    const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
    const staging = pool?.pop() ?? this.device.createBuffer({ size: aligned, usage });
    /** @type {Promise<void>} */
    const copied = new Promise((done) =>
      this.#inTurn(() => {
        this.#encode().copyBufferToBuffer(this.buffers[id], 0, staging, 0, aligned);
        this.#submit();
        done();
      }),
    );
    await copied;
    await this.#soon(staging.mapAsync(GPUMapMode.READ));
    new Uint8Array(this.heap(), pointer, nbytes).set(
      new Uint8Array(staging.getMappedRange(), 0, nbytes),
    );
    staging.unmap();
    if (aligned > STAGING_KEPT) staging.destroy();
    else if (pool) pool.push(staging);
    else this.staging.set(aligned, [staging]);
    await this.#check();
  }

  /**
   * `download` for Python: `answer(number, trouble)` is called when it is done, with ""
   * or what went wrong.
   *
   * @param {number} id
   * @param {number} nbytes
   * @param {number} pointer
   * @param {number} number
   */
  read(id, nbytes, pointer, number) {
    const tell = (/** @type {string} */ trouble) =>
      SUSPENDS ? this.answer.callPromising(number, trouble) : this.answer(number, trouble);
    this.download(id, nbytes, pointer).then(
      () => tell(""),
      ({ message }) => tell(message),
    );
  }

  /**
   * Chromium looks whether the GPU is done when commands arrive, and otherwise only
   * every few milliseconds: after a frame of 0.3 ms, mapAsync took 2.5 ms on an H100,
   * and 0.5 ms with an empty submit every 0.2 ms. On a software adapter the submits
   * would compete with the work itself.
   *
   * @param {Promise<void>} mapped
   */
  async #soon(mapped) {
    if (this.software) return mapped;
    let pending = true;
    const settled = () => (pending = false);
    mapped.then(settled, settled);
    const start = performance.now();
    for (let last = start; pending;) {
      await this.#turn();
      const now = performance.now();
      if (now - start > NUDGED) break;
      if (now - last < NUDGE) continue;
      this.device.queue.submit([]);
      last = now;
    }
    return mapped;
  }

  /**
   * The next turn of the event loop, sooner than setTimeout's four milliseconds.
   *
   * @returns {Promise<void>}
   */
  #turn() {
    return new Promise((resolve) => {
      this.turns.push(resolve);
      this.channel.port2.postMessage(null);
    });
  }

  /**
   * A picture as rows of RGBA bytes, without passing through Python.
   *
   * @param {number} id
   * @param {import("./gpu_pictures.js").Picture} picture
   */
  uploadImage(id, picture) {
    this.#inTurn(() => this.pictures.copy(this.buffers[id], picture));
  }

  // pipelines and bind groups

  /** @param {string} letters */
  #layout(letters) {
    let layout = this.layouts.get(letters);
    if (!layout) {
      const entries = [...letters].map((c, binding) => ({
        binding,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type: KINDS[c] },
      }));
      const group = this.device.createBindGroupLayout({ entries });
      const pipeline = this.device.createPipelineLayout({ bindGroupLayouts: [group] });
      layout = { group, pipeline };
      this.layouts.set(letters, layout);
    }
    return layout;
  }

  /**
   * @param {string} label
   * @param {string} code
   */
  #module(label, code) {
    let shader = this.modules.get(code);
    if (!shader) {
      shader = this.device.createShaderModule({ label, code });
      shader.getCompilationInfo().then(
        (info) => {
          const errors = info.messages
            .filter((m) => m.type === "error")
            .map((m) => `line ${m.lineNum}: ${m.message}`);
          if (errors.length) this.fault = `${label}: ${errors.join("; ")}`;
        },
        () => {},
      );
      this.modules.set(code, shader);
    }
    return shader;
  }

  /**
   * Returns the pipeline's place in the table; errors come with the next download.
   *
   * @param {string} label
   * @param {string} code
   * @param {string} entryPoint
   * @param {string} constants JSON of {name: number}
   * @param {string} letters one per binding: r, w or u
   */
  compile(label, code, entryPoint, constants, letters) {
    const layout = this.#layout(letters);
    const compute = {
      module: this.#module(label, code),
      entryPoint,
      constants: JSON.parse(constants),
    };
    /** @type {Entry} */
    const entry = { pipeline: null, layout: layout.group };
    this.waiting ??= [];
    this.compiling++;
    this.device
      .createComputePipelineAsync({ label, layout: layout.pipeline, compute })
      .then(
        (pipeline) => {
          entry.pipeline = pipeline;
        },
        (error) => this.#note(`${label}: ${error.message}`),
      )
      .then(() => this.#compiled());
    return this.pipelines.push(entry) - 1;
  }

  /**
   * Reads integers at `pointer`: pipeline, uniform buffer or 0, its offset, nbytes of
   * parameters, whether they are new, how many storage buffers, the storage buffers,
   * the parameters.
   *
   * @param {number} id
   * @param {number} pointer
   */
  bind(id, pointer) {
    const heap = this.heap();
    const [pipeline, slab, offset, nbytes, fresh, count] = new Int32Array(heap, pointer, 6);
    /** @type {GPUBindGroupEntry[]} */
    const entries = [];
    for (const [binding, buffer] of new Int32Array(heap, pointer + 24, count).entries()) {
      entries.push({ binding, resource: { buffer: this.buffers[buffer] } });
    }
    if (slab) {
      const buffer = this.buffers[slab];
      if (fresh)
        this.device.queue.writeBuffer(buffer, offset, heap, pointer + 4 * (6 + count), nbytes);
      entries.push({ binding: count, resource: { buffer, offset, size: nbytes } });
    }
    this.groups[id] = this.device.createBindGroup({
      layout: this.pipelines[pipeline].layout,
      entries,
    });
  }

  /** @param {number} id */
  unbind(id) {
    this.#inTurn(() => delete this.groups[id]);
  }

  /**
   * Plays `count` integers of commands at `pointer`.
   *
   * @param {number} pointer
   * @param {number} count
   */
  run(pointer, count) {
    this.calls++;
    if (!this.waiting) this.#play(new Int32Array(this.heap(), pointer, count));
    else {
      const list = new Int32Array(this.heap(), pointer, count).slice();
      this.#inTurn(() => this.#play(list));
    }
  }

  /** @param {Int32Array} list */
  #play(list) {
    const count = list.length;
    let encoder = this.#encode();
    /** @type {GPUComputePassEncoder | null} */
    let pass = null;
    let current = -2;
    for (let i = 0; i < count; i += COMMAND) {
      if (this.collected++ === this.together) {
        pass?.end();
        pass = null;
        this.#submit();
        encoder = this.#encode();
        this.collected = 1;
      }
      const which = list[i];
      if (which === COPY) {
        pass?.end();
        pass = null;
        encoder.copyBufferToBuffer(
          this.buffers[list[i + 1]],
          list[i + 4],
          this.buffers[list[i + 2]],
          list[i + 5],
          list[i + 3],
        );
        continue;
      }
      if (pass === null) {
        pass = encoder.beginComputePass();
        current = -2;
      }
      if (which !== current) {
        const { pipeline } = this.pipelines[which];
        if (!pipeline) continue; // its error has been noted
        pass.setPipeline(pipeline);
        current = which;
      }
      pass.setBindGroup(0, this.groups[list[i + 1]]);
      pass.dispatchWorkgroups(list[i + 2], list[i + 3], list[i + 4]);
    }
    pass?.end();
  }

  async settled() {
    /** @type {Promise<void>} */
    const turn = new Promise((done) => this.#inTurn(done));
    await turn;
    this.#submit();
    await this.device.queue.onSubmittedWorkDone();
    await this.#check();
  }

  // For tests of what happens when the device is lost.
  lose() {
    this.device.destroy();
  }
}
