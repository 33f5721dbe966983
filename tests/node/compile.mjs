// Has Dawn, Chrome's WebGPU, compile kernels: a list of {source, entry, constants,
// layout} as JSON on stdin, on stdout what was wrong with each, "" where nothing was.
// Its null backend has every feature and no GPU; it makes no code behind the WGSL, but
// checks all that comes before.
import { create, globals } from "webgpu";

Object.assign(globalThis, globals);

const BUFFERS = { r: "read-only-storage", w: "storage", u: "uniform" };

async function compile(device, program) {
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ code: program.source });
  const entries = [...program.layout].map((letter, binding) => ({
    binding,
    visibility: GPUShaderStage.COMPUTE,
    buffer: { type: BUFFERS[letter] },
  }));
  const layout = device.createPipelineLayout({
    bindGroupLayouts: [device.createBindGroupLayout({ entries })],
  });
  device.createComputePipeline({
    layout,
    compute: { module, entryPoint: program.entry, constants: program.constants },
  });
  const error = await device.popErrorScope();
  return error?.message ?? "";
}

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const gpu = create(["backend=null"]); // must outlive its devices
const adapter = await gpu.requestAdapter();
const device = await adapter.requestDevice({ requiredFeatures: ["shader-f16", "subgroups"] });
const found = [];
for (const program of JSON.parse(Buffer.concat(chunks).toString()))
  found.push(await compile(device, program));
process.stdout.write(JSON.stringify(found), () => process.exit(0)); // Dawn's own threads would keep Node running
