// Loads layers models in TensorFlow.js as files, runs them and saves them again.
//
// Jobs as JSON on stdin: {files: {name: base64}, x or xs}, files with a model.json. The
// answer to each: {y, ys, files}: the only output for the only input x, all outputs for
// all inputs xs, and what TensorFlow.js's own save makes of the model. With `decode` in place of the model: {manifest: values by name}.
import * as tf from "@tensorflow/tfjs";

const bytes = (base64) => new Uint8Array(Buffer.from(base64, "base64")).buffer;

async function load(job) {
  const model = JSON.parse(Buffer.from(job.files["model.json"], "base64").toString());
  const parts = model.weightsManifest
    .flatMap((group) => group.paths)
    .map((path) => Buffer.from(job.files[path], "base64"));
  const weightSpecs = model.weightsManifest.flatMap((group) => group.weights);
  const weightData = new Uint8Array(Buffer.concat(parts)).buffer;
  const loaded = await tf.loadLayersModel(
    tf.io.fromMemory({ modelTopology: model.modelTopology, weightSpecs, weightData }),
  );
  const inputs = (job.xs ?? [job.x]).map((x) => tf.tensor(x));
  const outputs = [loaded.predict(inputs.length > 1 ? inputs : inputs[0])].flat();
  const ys = await Promise.all(outputs.map((output) => output.array()));
  let saved;
  await loaded.save(
    tf.io.withSaveHandler(async (artifacts) => ((saved = artifacts), { modelArtifactsInfo: {} })),
  );
  const again = {
    format: saved.format,
    modelTopology: saved.modelTopology,
    weightsManifest: [{ paths: ["weights.bin"], weights: saved.weightSpecs }],
  };
  const files = {
    "model.json": Buffer.from(JSON.stringify(again)).toString("base64"),
    "weights.bin": Buffer.from(saved.weightData).toString("base64"),
  };
  return { y: ys[0], ys, files };
}

async function decode(job) {
  const tensors = tf.io.decodeWeights(bytes(job.data), job.decode);
  return Object.fromEntries(Object.entries(tensors).map(([name, t]) => [name, t.arraySync()]));
}

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
await tf.setBackend("cpu");
const answers = [];
for (const job of JSON.parse(Buffer.concat(chunks).toString()))
  answers.push(await (job.decode ? decode(job) : load(job)));
process.stdout.write(JSON.stringify(answers));
