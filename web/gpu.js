// Plays pywebml's command lists on WebGPU. Python (pywebml/device/page.py) holds small
// integers; the objects they stand for lie in tables here. Arguments that are lists or
// bytes come as pointers into the wasm heap, so a call costs what a call of numbers
// costs. The heap is looked up on every call: growing memory detaches older views.
//
// Pipelines are compiled side by side, off the main thread. Whatever is to be done
// while some are still being compiled waits for them, in order; Python goes on
// meanwhile.

const COMMAND = 6; // integers a command: pipeline, bind group, x, y, z, 0
const COPY = -1; //   or: COPY, source, destination, nbytes, source offset, destination offset
const KINDS = { r: "read-only-storage", w: "storage", u: "uniform" };
const FEATURES = { f16: "shader-f16", subgroups: "subgroups" }; // WebGPU's names of what a kernel's text enables
const WANTED = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
];
const AFTERMATH = 100; // milliseconds that errors may trail behind the one that caused them
// bytes up to which a readback buffer is kept for the next readback of its size
const STAGING_KEPT = 16 << 20;

// milliseconds between looks at whether the GPU is done, and for how long
const NUDGE = 0.2,
  NUDGED = 20;
// commands that are submitted together: the first of a turn early, so that the GPU
// process starts on them
const FIRST = 8,
  TOGETHER = 64;
const SMALL = 512 * 512; // pixels up to which a picture goes through the CPU

// Whether Python can wait in the middle of a call (JSPI), as what goes on after a read
// may do.
const SUSPENDS = "Suspending" in WebAssembly || "Suspender" in WebAssembly;

const pixels = (type, load) => `
@group(0) @binding(0) var picture: ${type};
@group(0) @binding(1) var<storage, read_write> bytes: array<u32>;
@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) at: vec3u) {
  let size = textureDimensions(picture);
  if (at.x < size.x && at.y < size.y) { bytes[at.y * size.x + at.x] = pack4x8unorm(${load}); }
}`;
const PIXELS = pixels("texture_2d<f32>", "textureLoad(picture, at.xy, 0)");
const VIDEO = pixels("texture_external", "textureLoad(picture, at.xy)");

export class Gpu {
  // Opens the best adapter. `heap()` gives the ArrayBuffer of the wasm memory. Throws
  // an Error with one sentence for people.
  static async open(heap) {
    if (!navigator.gpu) throw new Error("This browser has no WebGPU.");
    const adapter = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
    if (!adapter)
      throw new Error("This browser has WebGPU, but found no graphics adapter that it may use.");
    if (adapter.limits.maxStorageBuffersPerShaderStage < 8)
      throw new Error("This graphics adapter allows fewer than 8 storage buffers.");
    const requiredLimits = Object.fromEntries(WANTED.map((name) => [name, adapter.limits[name]]));
    const requiredFeatures = Object.values(FEATURES).filter((name) => adapter.features.has(name));
    return new Gpu(
      adapter,
      await adapter.requestDevice({ requiredFeatures, requiredLimits }),
      heap,
    );
  }

  constructor(adapter, device, heap) {
    const { info } = adapter;
    this.adapter = adapter;
    this.software =
      Boolean(info.isFallbackAdapter ?? adapter.isFallbackAdapter) ||
      /swiftshader|llvmpipe|lavapipe|basic render/i.test(
        `${info.vendor} ${info.architecture} ${info.device} ${info.description}`,
      );
    this.device = device;
    this.heap = heap;
    this.buffers = [];
    this.pipelines = [];
    this.groups = [];
    this.modules = new Map();
    this.layouts = new Map();
    this.staging = new Map();
    this.compiling = 0;
    this.encoder = null; // of commands that are not submitted yet
    this.collected = 0; // how many
    this.together = FIRST; // and how many are submitted next
    this.waiting = null; // while pipelines are being compiled: what is to be done after that
    this.fault = null; // the first error since somebody asked
    this.report = null; // the promise of what is said about it
    this.calls = 0; // of run, for the benchmark
    this.answer = null; // Python's function that hears of reads
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

  #note(message) {
    this.fault ??= message;
  }

  // Throws what went wrong, as one Error, to everybody who waits for results then. One
  // fault brings others along, which are waited for.
  async #check() {
    if (this.fault === null) return;
    this.report ??= new Promise((resolve) =>
      setTimeout(() => {
        resolve(this.fault);
        this.fault = this.report = null;
      }, AFTERMATH),
    );
    throw new Error(await this.report);
  }

  // Does something now, or after what waits.
  #inTurn(action) {
    if (this.waiting) this.waiting.push(action);
    else action();
  }

  #compiled() {
    this.compiling--;
    if (this.compiling) return;
    const actions = this.waiting;
    this.waiting = null;
    for (const action of actions) {
      try {
        action();
      } catch (error) {
        this.#note(error.message);
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

  alloc(id, capacity, uniform = false) {
    const usage =
      (uniform ? GPUBufferUsage.UNIFORM : GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC) |
      GPUBufferUsage.COPY_DST;
    this.buffers[id] = this.device.createBuffer({ size: capacity, usage });
  }

  destroy(id) {
    this.#inTurn(() => {
      this.#submit();
      this.buffers[id].destroy();
      delete this.buffers[id];
    });
  }

  upload(id, offset, pointer, nbytes) {
    if (!this.waiting) this.#write(this.buffers[id], offset, this.heap(), pointer, nbytes);
    else {
      const data = this.heap().slice(pointer, pointer + nbytes);
      this.#inTurn(() => this.#write(this.buffers[id], offset, data));
    }
  }

  #write(...args) {
    this.#submit();
    this.device.queue.writeBuffer(...args);
  }

  // The first nbytes of a buffer into the heap at `pointer`, after all that was run
  // before.
  async download(id, nbytes, pointer) {
    const aligned = (nbytes + 3) & ~3;
    const kept = this.staging.get(aligned);
    const staging =
      kept?.pop() ??
      this.device.createBuffer({
        size: aligned,
        usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
      });
    await new Promise((done) =>
      this.#inTurn(() => {
        this.#encode().copyBufferToBuffer(this.buffers[id], 0, staging, 0, aligned);
        this.#submit();
        done();
      }),
    );
    await this.#soon(staging.mapAsync(GPUMapMode.READ));
    new Uint8Array(this.heap(), pointer, nbytes).set(
      new Uint8Array(staging.getMappedRange(), 0, nbytes),
    );
    staging.unmap();
    if (aligned > STAGING_KEPT) staging.destroy();
    else if (kept) kept.push(staging);
    else this.staging.set(aligned, [staging]);
    await this.#check();
  }

  // `download` for Python: `answer(number, trouble)` is called when it is done, with ""
  // or what went wrong.
  read(id, nbytes, pointer, number) {
    const tell = (trouble) =>
      SUSPENDS ? this.answer.callPromising(number, trouble) : this.answer(number, trouble);
    this.download(id, nbytes, pointer).then(
      () => tell(""),
      ({ message }) => tell(message),
    );
  }

  // Chromium looks whether the GPU is done when commands arrive, and otherwise only
  // every few milliseconds: after a frame of 0.3 ms, mapAsync took 2.5 ms on an H100,
  // and 0.5 ms with an empty submit every 0.2 ms. On a software adapter the submits
  // would compete with the work itself.
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

  // The next turn of the event loop, sooner than setTimeout's four milliseconds.
  #turn() {
    if (!this.channel) {
      this.channel = new MessageChannel();
      this.turns = [];
      this.channel.port1.onmessage = () => this.turns.shift()();
    }
    return new Promise((resolve) => {
      this.turns.push(resolve);
      this.channel.port2.postMessage(null);
    });
  }

  // An ImageData, ImageBitmap, VideoFrame or canvas as rows of RGBA bytes, without
  // passing through Python.
  uploadImage(id, picture) {
    this.#inTurn(() => this.#copyImage(this.buffers[id], picture));
  }

  // An ImageData is bytes already. For others three ways, measured in Chromium for 224
  // x 224, in milliseconds with a readback of 16 bytes, on an H100 and on SwiftShader:
  // a VideoFrame as an external texture 0.5 and 9, through a canvas in CPU memory 0.8
  // and 0.4, through copyExternalImageToTexture 2.4 to 3.6 and 9. That last one wins
  // for large pictures, which a canvas would have to copy twice.
  #copyImage(buffer, picture) {
    const size = [picture.displayWidth ?? picture.width, picture.displayHeight ?? picture.height];
    if (picture.data) {
      this.#write(buffer, 0, picture.data);
    } else if (
      !this.software &&
      this.device.importExternalTexture &&
      typeof VideoFrame !== "undefined" &&
      picture instanceof VideoFrame
    ) {
      this.video ??= this.#imagePipeline(VIDEO);
      this.#storeImage(
        this.video,
        this.device.importExternalTexture({ source: picture }),
        buffer,
        size,
      );
    } else if (this.software || size[0] * size[1] <= SMALL) {
      this.#write(buffer, 0, this.#readable(picture, size));
    } else {
      this.pixels ??= this.#imagePipeline(PIXELS);
      this.#storeImage(this.pixels, this.#texture(picture, size), buffer, size);
    }
  }

  #readable(picture, [width, height]) {
    if (this.canvas?.width !== width || this.canvas?.height !== height) {
      this.canvas = new OffscreenCanvas(width, height);
      this.context = this.canvas.getContext("2d", { willReadFrequently: true });
    }
    this.context.clearRect(0, 0, width, height);
    this.context.drawImage(picture, 0, 0, width, height);
    return this.context.getImageData(0, 0, width, height).data;
  }

  #texture(picture, size) {
    if (this.texture?.width !== size[0] || this.texture?.height !== size[1]) {
      this.texture?.destroy();
      const usage =
        GPUTextureUsage.COPY_DST |
        GPUTextureUsage.RENDER_ATTACHMENT |
        GPUTextureUsage.TEXTURE_BINDING;
      this.texture = this.device.createTexture({ size, format: "rgba8unorm", usage });
    }
    this.#submit(); // what still reads the picture before
    this.device.queue.copyExternalImageToTexture(
      { source: picture },
      { texture: this.texture },
      size,
    );
    return this.texture.createView();
  }

  #imagePipeline(code) {
    return this.device.createComputePipeline({
      layout: "auto",
      compute: { module: this.device.createShaderModule({ code }), entryPoint: "main" },
    });
  }

  #storeImage(pipeline, picture, buffer, size) {
    const group = this.device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: [
        { binding: 0, resource: picture },
        { binding: 1, resource: { buffer } },
      ],
    });
    const pass = this.#encode().beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(Math.ceil(size[0] / 8), Math.ceil(size[1] / 8));
    pass.end();
  }

  // pipelines and bind groups

  #layout(letters) {
    let found = this.layouts.get(letters);
    if (!found) {
      const entries = [...letters].map((c, binding) => ({
        binding,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type: KINDS[c] },
      }));
      const group = this.device.createBindGroupLayout({ entries });
      found = { group, pipeline: this.device.createPipelineLayout({ bindGroupLayouts: [group] }) };
      this.layouts.set(letters, found);
    }
    return found;
  }

  #module(label, code) {
    let found = this.modules.get(code);
    if (!found) {
      found = this.device.createShaderModule({ label, code });
      found.getCompilationInfo().then(
        (info) => {
          const errors = info.messages
            .filter((m) => m.type === "error")
            .map((m) => `line ${m.lineNum}: ${m.message}`);
          if (errors.length) this.fault = `${label}: ${errors.join("; ")}`;
        },
        () => {},
      );
      this.modules.set(code, found);
    }
    return found;
  }

  // `letters`: one a binding, r, w or u; `constants`: {name: number}. Returns its place
  // in the table; errors come with the next download.
  compile(label, code, entryPoint, constants, letters) {
    const layout = this.#layout(letters);
    const compute = {
      module: this.#module(label, code),
      entryPoint,
      constants: JSON.parse(constants),
    };
    const entry = { pipeline: null, layout: layout.group };
    this.waiting ??= [];
    this.compiling++;
    this.device
      .createComputePipelineAsync({ label, layout: layout.pipeline, compute })
      .then(
        (pipeline) => (entry.pipeline = pipeline),
        (error) => this.#note(`${label}: ${error.message}`),
      )
      .then(() => this.#compiled());
    return this.pipelines.push(entry) - 1;
  }

  // Reads integers at `pointer`: pipeline, uniform buffer or 0, its offset, nbytes of
  // parameters, whether they are new, how many storage buffers, the storage buffers,
  // the parameters.
  bind(id, pointer) {
    const heap = this.heap();
    const [pipeline, slab, offset, nbytes, fresh, count] = new Int32Array(heap, pointer, 6);
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

  unbind(id) {
    this.#inTurn(() => delete this.groups[id]);
  }

  // Plays `count` integers of commands at `pointer`.
  run(pointer, count) {
    this.calls++;
    if (!this.waiting) this.#play(new Int32Array(this.heap(), pointer, count));
    else {
      const list = new Int32Array(this.heap(), pointer, count).slice();
      this.#inTurn(() => this.#play(list));
    }
  }

  #play(list) {
    const count = list.length;
    let encoder = this.#encode(),
      pass = null,
      current = -2;
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
        if (!this.pipelines[which].pipeline) continue; // its error has been noted
        pass.setPipeline(this.pipelines[which].pipeline);
        current = which;
      }
      pass.setBindGroup(0, this.groups[list[i + 1]]);
      pass.dispatchWorkgroups(list[i + 2], list[i + 3], list[i + 4]);
    }
    pass?.end();
  }

  async settled() {
    await new Promise((done) => this.#inTurn(done));
    this.#submit();
    await this.device.queue.onSubmittedWorkDone();
    await this.#check();
  }

  // For tests of what happens when the device is lost.
  lose() {
    this.device.destroy();
  }
}
