// Calls ops of TensorFlow.js: jobs as JSON on stdin, an answer to each as JSON on stdout.
//
// A job is {op, args, at}: the name ("image.cropAndResize"), the arguments, of which a
// tensor is {dtype, shape, values}, and the paths of those to differentiate at ([0], or
// [0, 1] in a list). The answer is {outs, slopes} or {error}: tensors again, `slopes`
// being the gradients of the sum of all float results, each times cos(0), cos(1), ...
import * as tf from "@tensorflow/tfjs";

const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array };
const isTensor = (thing) => thing instanceof tf.Tensor;

function argument(told) {
  if (Array.isArray(told)) return told.map(argument);
  if (told === null || typeof told !== "object") return told;
  if (!told.dtype)
    return Object.fromEntries(Object.entries(told).map(([k, v]) => [k, argument(v)]));
  const values = told.values.map(Number);
  if (told.dtype !== "complex64")
    return tf.tensor(arrays[told.dtype].from(values), told.shape, told.dtype);
  const part = (odd) =>
    tf.tensor(
      values.filter((_, i) => i % 2 === odd),
      told.shape,
    );
  return tf.complex(part(0), part(1));
}

/** The tensors of a result, in order. */
function tensors(result) {
  if (isTensor(result)) return [result];
  return result && typeof result === "object" ? Object.values(result).flatMap(tensors) : [];
}

function told(tensor) {
  const finite = (value) => (Number.isFinite(value) ? value : String(value));
  const values = Array.from(tensor.dataSync(), finite);
  return { dtype: tensor.dtype, shape: tensor.shape, values };
}

const weighted = (y) =>
  tf.sum(
    tf.mul(
      y,
      tf.tensor(
        Array.from({ length: y.size }, (_, i) => Math.cos(i)),
        y.shape,
      ),
    ),
  );

async function run({ op, args, at }) {
  const [name, space] = op.split(".").reverse();
  const given = argument(args);
  const call = () => (space ? tf[space] : tf)[name](...given);
  try {
    const answer = { outs: tensors(await call()).map(told) };
    if (!at.length) return answer;
    const points = at.map((path) => path.reduce((value, i) => value[i], given));
    const sum = () => {
      const floats = tensors(call()).filter((y) => y.dtype === "float32");
      return floats.map(weighted).reduce((a, b) => tf.add(a, b));
    };
    return { ...answer, slopes: tf.grads(sum)(points).map(told) };
  } catch (error) {
    return { error: error.message };
  }
}

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
await tf.setBackend("cpu");
const answers = [];
for (const job of JSON.parse(Buffer.concat(chunks).toString())) answers.push(await run(job));
process.stdout.write(JSON.stringify(answers));
