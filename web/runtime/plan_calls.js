// What calls of XNNPACK's kernels may say in a plan: their tensors must have the sizes
// that their other arguments come to, so that no kernel reads or writes past them, or
// computes for longer than a network does. The calls are those of
// pywebml/ops/support/xnnpack_calls.py.

/** @typedef {{ of: number, size: number }} Tensor elements at the start of a buffer */
/** @typedef {number | number[] | Tensor} Argument */

const SIDE = 1 << 14; // of anything that is counted along one axis
const PADDING = 64;
const ACTIVATIONS = 2; // relu is 1, relu6 2

/** @param {Argument} arg */
const size = (arg) =>
  typeof arg === "object" && !Array.isArray(arg) ? arg.size : /* no tensor */ -1;

/**
 * @param {Argument[]} numbers
 * @param {number} least
 * @param {number} most
 */
const between = (numbers, least, most) =>
  numbers.every((n) => Number.isInteger(n) && Number(n) >= least && Number(n) <= most);

/**
 * How many places a window has along an axis.
 *
 * @param {number} length with zeros around it
 * @param {number} window
 * @param {number} dilation
 * @param {number} stride
 */
const places = (length, window, dilation, stride) =>
  Math.floor((length - (window - 1) * dilation - 1) / stride) + 1;

/**
 * The size of a result of sliding windows; -1 for numbers that are no such.
 *
 * @param {any[]} picture n, h, w
 * @param {any[]} window height and width
 * @param {any[]} padding top, right, bottom, left
 * @param {any[]} dilations
 * @param {any[]} strides
 * @param {any} channels
 */
function slid(picture, window, padding, dilations, strides, channels) {
  const counts = [...picture, ...window, ...dilations, ...strides, channels];
  if (!between(counts, 1, SIDE) || !between(padding, 0, PADDING)) return -1;
  const [n, h, w] = picture;
  const [top, right, bottom, left] = padding;
  const rows = places(h + top + bottom, window[0], dilations[0], strides[0]);
  const columns = places(w + left + right, window[1], dilations[1], strides[1]);
  return rows > 0 && columns > 0 ? n * rows * columns * channels : -1;
}

/**
 * @param {any[]} args
 * @param {boolean} depthwise
 */
function convolution(args, depthwise) {
  const [x, n, h, w, kernel, tall, wide, bias, top, right, bottom, left, same] = args;
  const [down, across, rows, columns, from, to, activation, none, nothing, y] = args.slice(13);
  const sides = [top, right, bottom, left];
  const window = [tall, wide];
  return (
    args.length === 23 &&
    size(y) === slid([n, h, w], window, sides, [down, across], [rows, columns], to) &&
    between([from], 1, SIDE) &&
    size(x) === n * h * w * from &&
    size(kernel) === tall * wide * (depthwise ? to : from * to) &&
    (!depthwise || to % from === 0) &&
    (bias === 0 || size(bias) === to) &&
    between([activation], 0, ACTIVATIONS) &&
    same === 0 &&
    none === 0 &&
    nothing === 0
  );
}

/** @param {any[]} args */
function product(args) {
  const [a, left, three, b, right, also, turned, twice, activation, bias, none, nothing, y] = args;
  if (args.length !== 13 || !Array.isArray(left) || !Array.isArray(right)) return false;
  const [rows, inner, columns] = [left[1], left[2], right[2]];
  return (
    between([rows, inner, columns], 1, 1 << 20) &&
    left.join() === [1, rows, inner].join() &&
    right.join() === [1, inner, columns].join() &&
    size(a) === rows * inner &&
    size(b) === inner * columns &&
    size(y) === rows * columns &&
    (bias === 0 || size(bias) === columns) &&
    between([activation], 0, ACTIVATIONS) &&
    [three, also].every((n) => n === 3) &&
    [turned, twice, none, nothing].every((n) => n === 0)
  );
}

/** @param {any[]} args */
function largest(args) {
  const [x, n, h, w, tall, wide, top, right, bottom, left, one, also, down, across, c, same, y] =
    args;
  const sides = [top, right, bottom, left];
  return (
    args.length === 17 &&
    size(y) === slid([n, h, w], [tall, wide], sides, [one, also], [down, across], c) &&
    size(x) === n * h * w * c &&
    one === 1 &&
    also === 1 &&
    c === same
  );
}

/** @param {any[]} args */
function sum([a, left, one, b, right, also, float, y, ...rest]) {
  const n = size(a);
  return (
    n > 0 &&
    [size(b), size(y), Number(left), Number(right)].every((other) => other === n) &&
    one === 1 &&
    also === 1 &&
    float === 0 &&
    !rest.length
  );
}

/** @param {any[]} args */
function turned([x, sides, two, float, y, order, also, ...rest]) {
  return (
    Array.isArray(sides) &&
    between(sides, 1, 1 << 20) &&
    sides.length === 2 &&
    size(x) === sides[0] * sides[1] &&
    size(y) === size(x) &&
    String(order) === "1,0" &&
    two === 2 &&
    also === 2 &&
    float === 0 &&
    !rest.length
  );
}

/** @param {any[]} args */
function laid([x, rows, n, y, at, stride, ...rest]) {
  return (
    between([rows, n, stride], 1, 1 << 24) &&
    between([at], 0, 1 << 24) &&
    size(x) >= rows * n &&
    size(y) >= (rows - 1) * stride + at + n &&
    !rest.length
  );
}

/** @param {any[]} args */
const alone = (args) => args.length === 1 && size(args[0]) > 0;

/** @param {any[]} args */
const each = ([x, ...rest]) =>
  size(x) > 0 && size(rest.at(-1)) === size(x) && rest.slice(0, -1).every((n) => n === 0);

/** @type {Record<string, (args: any[]) => boolean>} */
const KERNELS = {
  __proto__: /** @type {any} */ (null),
  pack: alone,
  change: alone,
  lay: laid,
  FusedConv2D: (args) => convolution(args, false),
  FusedDepthwiseConv2D: (args) => convolution(args, true),
  _FusedMatMul: product,
  MaxPool: largest,
  Add: sum,
  Transpose: turned,
  Sigmoid: (args) => args.length === 2 && each(args),
  Relu: (args) => args.length === 3 && each(args),
  Tanh: (args) => args.length === 3 && each(args),
  Relu6: (args) => args.length === 3 && each(args),
};

/**
 * Whether a call is one of a kernel that plans use, and its arguments fit together.
 *
 * @param {string} kernel
 * @param {Argument[]} args
 */
export const fitsTogether = (kernel, args) => KERNELS[kernel]?.(args) ?? false;

/**
 * How many products and sums a call that fits together computes.
 *
 * @param {string} kernel
 * @param {any[]} args
 */
export function workOf(kernel, args) {
  const result = size(args.at(-1));
  if (kernel === "FusedConv2D") return (result / args[18]) * size(args[4]);
  if (kernel === "FusedDepthwiseConv2D") return result * args[5] * args[6];
  if (kernel === "_FusedMatMul") return result * args[1][2];
  return kernel === "MaxPool" ? result * args[4] * args[5] : Math.max(result, 1);
}
