// Layers in TensorFlow.js: jobs as JSON on stdin, what they compute and learn as JSON on
// stdout.
//
// A job is {topology, written, inputs, train, positive, alone}: a layers model's
// topology, the same as pywebml writes it, nested lists for each of its inputs, and
// whether it is to be trained. Weights become numbers that nobody would guess, above 0
// where they are to be `positive`. `alone` for a layer that TensorFlow.js can call, but
// not in a model that runs. The answer is {weights, output, again, topology, target,
// losses, trained}: what both topologies give, the model as TensorFlow.js writes it, what
// it was trained towards, the losses of steps of gradient descent, the weights
// afterwards; or {error}.
import * as tf from "@tensorflow/tfjs";

const STEPS = 3;

function numbers(shape, start, positive) {
  const size = shape.reduce((a, b) => a * b, 1);
  const scale = shape.length > 1 ? 0.6 : 0.3;
  const values = Float32Array.from({ length: size }, (_, i) => {
    const value = Math.sin(12.9898 * (i + 1) + 7.3 * start) * scale;
    return positive ? Math.abs(value) + 0.2 : value;
  });
  return tf.tensor(values, shape);
}

function tensors(lists, model) {
  const all = lists.map((values, i) => tf.tensor(values, undefined, model.inputs[i].dtype));
  return all.length === 1 ? all[0] : all;
}

const lists = (weights) => weights.map((weight) => weight.arraySync());

async function answer(job) {
  const model = await tf.models.modelFromJSON({ modelTopology: job.topology });
  model.setWeights(model.getWeights().map((w, i) => numbers(w.shape, i, job.positive)));
  const x = tensors(job.inputs, model);
  const result = {
    weights: lists(model.getWeights()),
    output: (job.alone ? model.layers.at(-1).apply(x) : model.predict(x)).arraySync(),
    topology: JSON.parse(model.toJSON()),
  };
  if (job.written) {
    const again = await tf.models.modelFromJSON({ modelTopology: job.written });
    again.setWeights(model.getWeights());
    result.again = again.predict(x).arraySync();
  }
  if (job.train) {
    const target = numbers(model.predict(x).shape, 100, false);
    result.target = target.arraySync();
    model.compile({ optimizer: tf.train.sgd(0.05), loss: "meanSquaredError" });
    result.losses = [];
    for (let step = 0; step < STEPS; step++)
      result.losses.push(await model.trainOnBatch(x, target));
    result.trained = lists(model.getWeights());
  }
  return result;
}

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
await tf.setBackend("cpu");
const answers = [];
for (const job of JSON.parse(Buffer.concat(chunks).toString())) {
  try {
    answers.push(await answer(job));
  } catch (error) {
    answers.push({ error: String(error.message) });
  }
}
process.stdout.write(JSON.stringify(answers));
