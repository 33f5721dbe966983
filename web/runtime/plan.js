// Reads a plan: plan.json and weights.bin, which pywebml has written (docs/own-page.md has
// the format). They are data, perhaps a stranger's: every number is checked before
// anything is allocated, and no text of theirs is run. What a GPU runs comes from
// kernels.json, which lies beside this module; a plan names kernels in it.

/**
 * @typedef {object} Tensor a weight in weights.bin
 * @property {number} at in bytes
 * @property {number} size in numbers
 * @property {number} [scales] where the scales of channels are: it is bytes then
 * @property {number} [channels]
 */

/**
 * @typedef {object} Program
 * @property {string} name
 * @property {string} entry
 * @property {Record<string, number | boolean>} constants
 * @property {string[]} parts texts of kernels.json, in order
 * @property {string[]} types
 * @property {Record<string, number>} sizes
 * @property {string} layout
 */

/** @typedef {{ program: number, buffers: number[], params: number[] }} Group */
/** @typedef {number | [buffer: number, size: number] | number[]} Argument */
/** @typedef {[kernel: string, args: (number | number[])[]]} PlannedCall */

/**
 * @typedef {object} Part what one kind of device plays
 * @property {number[]} buffers bytes of each; the weights have the numbers after them
 * @property {number[]} weights by their place among the tensors
 * @property {number} input
 * @property {number} output
 */

/** @typedef {Part & { programs: Program[], groups: Group[], commands: number[] }} GpuPart */
/** @typedef {Part & { calls: PlannedCall[] }} CpuPart */

/**
 * @typedef {object} PictureForm how pictures come in
 * @property {[height: number, width: number]} size
 * @property {"crop" | "squash"} fit
 * @property {number[]} scale
 * @property {number[]} offset
 * @property {"rgb" | "bgr"} order
 */

/**
 * @typedef {object} Plan
 * @property {string} title
 * @property {string[]} labels
 * @property {PictureForm} picture
 * @property {boolean} softmax whether the scores still go through one
 * @property {{ file: string, sha256: string, bytes: number, tensors: Tensor[] }} weights
 * @property {GpuPart | null} gpu
 * @property {CpuPart | null} cpu
 */

import { fitsTogether, workOf } from "./plan_calls.js";

const FORMAT = "pywebml-plan";
const VERSION = 1;
/** The most that a plan may ask for: a tab stays well below what its browser gives it. */
export const MOST = {
  json: 16 << 20, // bytes of plan.json
  weights: 256 << 20, // bytes, unpacked
  memory: 512 << 20, // bytes of all buffers
  side: 2048, // pixels of a side of what the network sees
  items: 20_000, // labels, tensors, buffers, groups, calls
  command: 6 * 20_000,
  groups: 65_535, // workgroups of a dimension
  launched: 1 << 24, // workgroups of all launches
  work: 2e10, // products and sums of all calls; a large network's are 4e9
};
const COPY = -1;
const NAME = /^[\w./-]{1,100}$/;
const LETTERS = /^[rw]{1,8}u?$/;
const TYPES = new Set(["f32", "f16", "u32", "i32", "vec4f", "vec4u", "vec4i"]);

/** Says what a plan's fault is, in one sentence. */
export class PlanError extends Error {
  name = "PlanError";
}

/**
 * @param {boolean} right
 * @param {string} what
 * @returns {asserts right}
 */
function expect(right, what) {
  if (!right) throw new PlanError(`The model cannot be read: ${what}. Export it again.`);
}

/**
 * @param {unknown} value
 * @param {number} most
 * @param {number} least
 * @returns {value is number}
 */
const whole = (value, most, least = 0) =>
  Number.isInteger(value) && Number(value) >= least && Number(value) <= most;

/**
 * @param {unknown} value
 * @param {(item: any, i: number) => boolean} fits
 * @param {number} most
 * @returns {value is any[]}
 */
const list = (value, fits, most = MOST.items) =>
  Array.isArray(value) && value.length <= most && value.every(fits);

/** @param {unknown} value */
const text = (value) => typeof value === "string" && value.length <= 1000;

/**
 * @param {unknown} value
 * @returns {value is number}
 */
const number = (value) => typeof value === "number" && Number.isFinite(value);

/**
 * @param {unknown} value
 * @returns {value is Record<string, any>}
 */
const object = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** @param {number[]} numbers */
const total = (numbers) => numbers.reduce((sum, n) => sum + n, 0);

/**
 * The plan of a plan.json's text. PlanError where it is none, or asks for what is not
 * there.
 *
 * @param {string} json
 * @returns {Plan}
 */
export function readPlan(json) {
  expect(json.length <= MOST.json, "plan.json is larger than a plan can be");
  /** @type {any} */
  let plan;
  try {
    plan = JSON.parse(json);
  } catch {
    expect(false, "plan.json is not whole");
  }
  expect(object(plan) && plan.format === FORMAT, "plan.json is no plan of pywebml");
  expect(plan.version === VERSION, `its version is ${plan.version}, this page reads ${VERSION}`);
  expect(plan.title === undefined || text(plan.title), "its title is no text");
  expect(list(plan.labels, text, 10_000) && plan.labels.length > 0, "it has no labels");
  expect(typeof plan.softmax === "boolean", "it does not say what its scores are");
  checkPicture(plan.picture);
  checkWeights(plan.weights);
  const { tensors } = plan.weights;
  const input = 4 * 3 * plan.picture.size[0] * plan.picture.size[1];
  const output = 4 * plan.labels.length;
  for (const part of [plan.gpu, plan.cpu]) {
    if (part === null) continue;
    const bytes = checkPart(part, tensors);
    expect(bytes[part.input] >= input, "its input is smaller than a picture");
    expect(bytes[part.output] >= output, "its output is smaller than its labels");
  }
  if (plan.gpu) checkGpu(plan.gpu, tensors);
  if (plan.cpu) checkCpu(plan.cpu, tensors);
  expect(plan.gpu || plan.cpu, "it has nothing that a device could play");
  return /** @type {Plan} */ (plan);
}

/** @param {any} picture */
function checkPicture(picture) {
  expect(object(picture), "it does not say how pictures come in");
  const { size, fit, scale, offset, order } = picture;
  expect(
    list(size, (side) => whole(side, MOST.side, 1)) && size.length === 2,
    "the size of its pictures is none",
  );
  expect(fit === "crop" || fit === "squash", "it fits pictures in an unknown way");
  for (const three of [scale, offset])
    expect(list(three, number) && three.length === 3, "its colours have no three numbers");
  expect(order === "rgb" || order === "bgr", "its colours are in an unknown order");
}

/** @param {any} weights */
function checkWeights(weights) {
  expect(object(weights) && NAME.test(weights.file), "it does not name its weights");
  expect(!weights.file.includes("/") && !weights.file.startsWith("."), "its weights are elsewhere");
  expect(/^[0-9a-f]{64}$/.test(weights.sha256), "its weights have no sum");
  expect(whole(weights.bytes, MOST.weights), "its weights are larger than a tab can hold");
  /** @param {any} tensor */
  const inside = (tensor) => {
    const { at, size, scales, channels } = tensor ?? {};
    const bytes = scales === undefined;
    if (!whole(at, weights.bytes) || !whole(size, weights.bytes)) return false;
    if (bytes) return at % 4 === 0 && at + 4 * size <= weights.bytes;
    const fits = whole(channels, size, 1) && size % channels === 0 && at + size <= weights.bytes;
    return fits && whole(scales, weights.bytes - 4 * channels) && scales % 4 === 0;
  };
  expect(list(weights.tensors, inside), "a weight lies outside its weights");
}

/**
 * The bytes of a part's buffers, the weights among them.
 *
 * @param {any} part
 * @param {Tensor[]} tensors
 */
function checkPart(part, tensors) {
  expect(object(part), "a part of it is no plan");
  const { buffers, weights } = part;
  expect(
    list(buffers, (bytes) => whole(bytes, MOST.memory, 4) && bytes % 4 === 0),
    "its buffers are none",
  );
  expect(
    list(weights, (i) => whole(i, tensors.length - 1)),
    "it uses weights that are not there",
  );
  const bytes = sizesOf(/** @type {Part} */ (part), tensors);
  const all = total(bytes);
  expect(all <= MOST.memory, `it wants ${(all / 1e6).toFixed(0)} MB of memory`);
  for (const place of [part.input, part.output])
    expect(whole(place, buffers.length - 1), "its input or output is no buffer");
  return bytes;
}

/**
 * @param {Part} part
 * @param {Tensor[]} tensors
 */
export const sizesOf = ({ buffers, weights }, tensors) => [
  ...buffers,
  ...weights.map((i) => 4 * tensors[i].size),
];

/**
 * @param {any} part
 * @param {Tensor[]} tensors
 */
function checkGpu(part, tensors) {
  const { programs, groups, commands } = part;
  const bytes = sizesOf(part, tensors);
  /** @param {any} program */
  const isProgram = (program) =>
    object(program) &&
    NAME.test(program.entry) &&
    text(program.name) &&
    LETTERS.test(program.layout) &&
    list(program.parts, (part) => NAME.test(part), 100) &&
    list(program.types, (type) => TYPES.has(type), 10) &&
    object(program.constants) &&
    Object.values(program.constants).every((value) => number(value) || value === !!value) &&
    object(program.sizes) &&
    Object.values(program.sizes).every((value) => whole(value, 1 << 16));
  expect(list(programs, isProgram, 1000), "a program of it is none");
  /** @param {any} group */
  const isGroup = (group) => {
    const { layout } = programs[group?.program] ?? {};
    if (!layout) return false;
    const uniform = layout.endsWith("u");
    return (
      list(group.buffers, (i) => whole(i, bytes.length - 1), 8) &&
      group.buffers.length === layout.length - (uniform ? 1 : 0) &&
      list(group.params, (word) => whole(word, 2 ** 32 - 1), 256) &&
      uniform === group.params.length > 0
    );
  };
  expect(list(groups, isGroup), "a launch of it uses what is not there");
  expect(
    list(commands, (n) => whole(n, 2 ** 31 - 1, COPY), MOST.command) && commands.length % 6 === 0,
    "its commands are none",
  );
  let launched = 0;
  for (let at = 0; at < commands.length; at += 6) {
    const [first, a, b, c, d, e] = commands.slice(at, at + 6);
    if (first === COPY) {
      const fits = a !== b && d + c <= bytes[a] && e + c <= bytes[b];
      expect(fits && [c, d, e].every((n) => n % 4 === 0), "it copies what is not there");
    } else {
      expect(groups[a]?.program === first, "it launches what is not there");
      expect(
        [b, c, d].every((n) => whole(n, MOST.groups, 1)),
        "a launch of it is too large",
      );
      launched += b * c * d;
    }
  }
  expect(launched <= MOST.launched, "it computes for longer than anybody waits");
}

/**
 * @param {any} part
 * @param {Tensor[]} tensors
 */
function checkCpu(part, tensors) {
  const bytes = sizesOf(part, tensors);
  expect(list(part.calls, isCall), "it calls what is not there");
  const work = part.calls.map((/** @type {any[]} */ [kernel, ...args]) => workOf(kernel, args));
  expect(total(work) <= MOST.work, "it computes for longer than anybody waits");

  /** @param {any} call */
  function isCall(call) {
    if (!Array.isArray(call)) return false;
    const [kernel, ...args] = call;
    return list(args, isArgument, 40) && fitsTogether(kernel, args);
  }

  /** @param {any} arg */
  function isArgument(arg) {
    if (object(arg))
      return whole(arg.of, bytes.length - 1) && whole(arg.size, bytes[arg.of] / 4, 1);
    if (Array.isArray(arg)) return list(arg, (n) => whole(n, 1 << 28), 8);
    return whole(arg, 1 << 28, -1);
  }
}

/**
 * The weights as floats, in the order of a part's list.
 *
 * @param {Plan} plan
 * @param {Part} part
 * @param {ArrayBuffer} bytes of weights.bin, unpacked
 */
export function weightsOf({ weights: { tensors } }, part, bytes) {
  return part.weights.map((i) => {
    const { at, size, scales, channels = 1 } = tensors[i];
    if (scales === undefined) return new Float32Array(bytes, at, size);
    const steps = new Uint8Array(bytes, at, size);
    const by = new Float32Array(bytes, scales, channels);
    const floats = new Float32Array(size);
    for (let row = 0; row < size; row += channels)
      for (let c = 0; c < channels; c += 1) floats[row + c] = (steps[row + c] - 127) * by[c];
    return floats;
  });
}

const ENABLE = /^[ \t]*enable\s+[\w\s,]+;[ \t]*\n?/gm;

/**
 * A program's WGSL: its texts one after the other, with its types and sizes, what they
 * enable on top. As pywebml/device/kernels.py makes it.
 *
 * @param {Record<string, string>} kernels
 * @param {Program} program
 */
export function wgslOf(kernels, { parts, types, sizes }) {
  const missing = parts.find((part) => !Object.hasOwn(kernels, part));
  expect(missing === undefined, `it wants the kernel ${missing}, which kernels.json has not`);
  const joined = parts.map((part) => kernels[part]).join("\n");
  const enabled = new Set((joined.match(ENABLE) ?? []).map((line) => line.trim()));
  if (types.includes("f16")) enabled.add("enable f16;");
  const left = [...types];
  const body = joined
    .replace(ENABLE, "")
    .replace(/^alias (\w+) = (?:f32|u32);/gm, (line, name) => {
      const type = left.shift();
      return type ? `alias ${name} = ${type};` : line;
    })
    .replace(/^const (\w+): u32 = \d+u;/gm, (line, name) =>
      Object.hasOwn(sizes, name) ? `const ${name}: u32 = ${sizes[name]}u;` : line,
    );
  return [...enabled, ""].join("\n") + body;
}
