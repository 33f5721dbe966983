// Trains models in TensorFlow.js: jobs as JSON on stdin, the trained weights as JSON on
// stdout.
//
// A job is {topology, weights, optimizer, rate, loss, batches}: a layers model's
// topology, [{layer: [values]}] in the order of each layer's weights, and batches [{x,
// y}] of nested lists. The answer to each is {losses, weights}. A job with `input`
// instead of batches is answered with {output}, what the model makes of it.
import * as tf from "@tensorflow/tfjs";

const optimizers = {
  sgd: (rate) => tf.train.sgd(rate),
  momentum: (rate) => tf.train.momentum(rate, 0.9),
  nesterov: (rate) => tf.train.momentum(rate, 0.9, true),
  adam: (rate) => tf.train.adam(rate),
  rmsprop: (rate) => tf.train.rmsprop(rate, 0.9),
};

async function train(job) {
  const model = await tf.models.modelFromJSON({ modelTopology: job.topology });
  const layers = model.layers.filter((layer) => layer.getWeights().length > 0);
  for (const layer of layers)
    layer.setWeights(job.weights[layer.name].map((values) => tf.tensor(values)));
  if (job.input) return { output: model.predict(tf.tensor(job.input)).arraySync() };
  model.compile({ optimizer: optimizers[job.optimizer](job.rate), loss: job.loss });
  const losses = [];
  for (const { x, y } of job.batches)
    losses.push(await model.trainOnBatch(tf.tensor(x), tf.tensor(y)));
  const weights = {};
  for (const layer of layers) weights[layer.name] = layer.getWeights().map((t) => t.arraySync());
  return { losses, weights };
}

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
await tf.setBackend("cpu");
const answers = [];
for (const job of JSON.parse(Buffer.concat(chunks).toString())) answers.push(await train(job));
process.stdout.write(JSON.stringify(answers));
