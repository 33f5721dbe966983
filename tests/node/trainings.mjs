// Trainings in TensorFlow.js that are saved, and that go on.
//
// Jobs as JSON on stdin, {files: {name: base64}, x, y, batches}: a layers model, compiled
// by its trainingConfig, or {topology, optimizer, options, x, y, batches} for one that is
// compiled here. It makes `batches` steps, is saved with its optimizer, and makes one more.
// The answer: {files, metadata, metrics, weights}: weights by name after the last step.
import * as tf from "@tensorflow/tfjs";

const OPTIMIZERS = {
  SGD: () => tf.train.sgd(0.05),
  Momentum: () => tf.train.momentum(0.05, 0.9, true),
  Adam: () => tf.train.adam(0.01),
  RMSProp: () => tf.train.rmsprop(0.01, 0.9, 0.5),
  Adagrad: () => tf.train.adagrad(0.05),
  Adadelta: () => tf.train.adadelta(1.0, 0.95),
};

async function loaded(files) {
  const read = (name) => Buffer.from(files[name], "base64");
  const { weightsManifest, ...document } = JSON.parse(read("model.json").toString());
  const shards = weightsManifest.flatMap((group) => group.paths).map(read);
  const weightData = new Uint8Array(Buffer.concat(shards)).buffer;
  const weightSpecs = weightsManifest.flatMap((group) => group.weights);
  return tf.loadLayersModel(tf.io.fromMemory({ ...document, weightSpecs, weightData }));
}

async function made(job) {
  const model = await tf.models.modelFromJSON({ modelTopology: job.topology });
  const options = { loss: "meanSquaredError", metrics: ["acc", "mse"] };
  model.compile({ optimizer: OPTIMIZERS[job.optimizer](), ...options });
  model.setUserDefinedMetadata({ labels: ["a", "b"] });
  return model;
}

async function answer(job) {
  const model = await (job.files ? loaded(job.files) : made(job));
  const [x, y] = [tf.tensor(job.x), tf.tensor(job.y)];
  for (let i = 0; i < job.batches; i++) await model.trainOnBatch(x, y);
  let saved;
  const keep = async (artifacts) => ((saved = artifacts), { modelArtifactsInfo: {} });
  await model.save(tf.io.withSaveHandler(keep), { includeOptimizer: true });
  const { weightData, weightSpecs, ...document } = saved;
  const weightsManifest = [{ paths: ["weights.bin"], weights: weightSpecs }];
  const text = JSON.stringify({ ...document, weightsManifest });
  await model.trainOnBatch(x, y);
  return {
    files: {
      "model.json": Buffer.from(text).toString("base64"),
      "weights.bin": Buffer.from(weightData).toString("base64"),
    },
    metadata: model.getUserDefinedMetadata() ?? null,
    metrics: model.metricsNames,
    weights: Object.fromEntries(model.weights.map((w) => [w.originalName, w.read().arraySync()])),
  };
}

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
await tf.setBackend("cpu");
const answers = [];
for (const job of JSON.parse(Buffer.concat(chunks).toString())) answers.push(await answer(job));
process.stdout.write(JSON.stringify(answers));
