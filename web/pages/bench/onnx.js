// The peer: ONNX Runtime Web running the same networks with the same weights, on its
// WebGPU and its wasm backend. Its files and the networks' are not part of the page;
// `python -m pywebml bench page --peers` puts them beside it while it measures.

const MODULES = { webgpu: "ort.webgpu.min.mjs", wasm: "ort.wasm.min.mjs" }; // one for each: the other's wasm is not the fastest

// `about`: what peers.json in `folder` (a URL ending in a slash) says of ONNX Runtime;
// the peers that work in this browser.
export async function onnxPeers(folder, about, wanted) {
  const peers = [];
  for (const backend of wanted) {
    if (
      !about ||
      !MODULES[backend] ||
      (backend === "webgpu" && !(await navigator.gpu?.requestAdapter()))
    )
      continue;
    const ort = await import(new URL(MODULES[backend], folder).href);
    ort.env.logLevel = "error";
    ort.env.wasm.wasmPaths = folder;
    // they spin: more would slow everybody
    ort.env.wasm.numThreads = backend === "wasm" ? Math.min(navigator.hardwareConcurrency, 4) : 1;
    if (backend === "webgpu") ort.env.webgpu.powerPreference = "high-performance";
    peers.push(new Onnx(ort, backend, folder, about));
  }
  return peers;
}

class Onnx {
  constructor(ort, backend, folder, { version, models }) {
    Object.assign(this, { ort, backend, folder, models });
    this.name = `ONNX Runtime Web ${version} ${backend}`;
  }

  async #session(model, options = {}) {
    if (!this.models.includes(model)) throw new Error(`${model}.onnx is not there`);
    const file = new URL(`${model}.onnx`, this.folder).href;
    return this.ort.InferenceSession.create(file, {
      executionProviders: [this.backend],
      logSeverityLevel: 3,
      ...options,
    });
  }

  // picture (an ImageData) -> probabilities, by the network and head in the file of
  // that name.
  async frame(picture, weights, model) {
    const session = await this.#session(model);
    const bytes = new Uint8Array(picture.data.buffer);
    const once = async () => {
      const pixels = new this.ort.Tensor("uint8", bytes, [picture.height, picture.width, 4]);
      const { probabilities } = await session.run({ pixels });
      return probabilities.data;
    };
    const start = performance.now();
    const said = await once();
    const first = performance.now() - start;
    const run = async (n) => {
      const start = performance.now();
      for (let i = 0; i < n; i++) await once();
      return (performance.now() - start) / n;
    };
    return { contender: { name: this.name, run }, first, probabilities: [...said] };
  }

  // `chain` products of matrices that stay on the device; one value is read after the
  // last.
  async matmul(n, chain) {
    const there = this.backend === "webgpu";
    const session = await this.#session(
      `matmul${chain}`,
      there ? { preferredOutputLocation: "gpu-buffer" } : {},
    );
    const device = there && (await this.ort.env.webgpu.device);
    const matrix = (largest) => {
      const values = Float32Array.from({ length: n * n }, () => largest * Math.random());
      if (!there) return new this.ort.Tensor("float32", values, [n, n]);
      const { STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage;
      const buffer = device.createBuffer({
        size: values.byteLength,
        usage: STORAGE | COPY_SRC | COPY_DST,
      });
      device.queue.writeBuffer(buffer, 0, values);
      return this.ort.Tensor.fromGpuBuffer(buffer, { dataType: "float32", dims: [n, n] });
    };
    const given = { a: matrix(1), b: matrix(2 / n) };
    const run = async (times) => {
      const start = performance.now();
      let last;
      for (let i = 0; i < times; i++) {
        last?.dispose();
        last = (await session.run(given)).corner;
      }
      await last.getData();
      return (performance.now() - start) / times / chain;
    };
    return { name: this.name, run };
  }
}
