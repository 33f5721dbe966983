// Runs graph models in TensorFlow.js: jobs as JSON on stdin, answers as JSON on stdout.
//
// A job is {model, inputs, outputs?, folder?}: the path of a model.json or {document,
// weights: base64}, the inputs by node name as {dtype, shape, values | file}, names of
// nodes (the model's own outputs where not said). The answer is {outs: [{name, dtype,
// shape, values}], seconds} or {error}; with a folder, values are files in it, raw.
import fs from "node:fs";
import path from "node:path";
import * as tf from "@tensorflow/tfjs";

const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array };

/** How TensorFlow.js loads it. */
function handler(model) {
  const isPath = typeof model === "string";
  const document = isPath ? JSON.parse(fs.readFileSync(model)) : model.document;
  const { modelTopology, weightsManifest, ...rest } = document;
  const shards = weightsManifest.flatMap((group) => group.paths);
  const bytes = isPath
    ? Buffer.concat(shards.map((name) => fs.readFileSync(path.join(path.dirname(model), name))))
    : Buffer.from(model.weights, "base64");
  const weightData = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  const weightSpecs = weightsManifest.flatMap((group) => group.weights);
  return { load: async () => ({ modelTopology, weightSpecs, weightData, ...rest }) };
}

function tensor({ dtype, shape, values, file }) {
  const bytes = file && fs.readFileSync(file);
  const data = file
    ? new arrays[dtype](bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
    : arrays[dtype].from(values, Number);
  return tf.tensor(data, shape, dtype);
}

async function run({ model, inputs, outputs, folder }) {
  try {
    const graph = await tf.loadGraphModel(handler(model));
    const feeds = Object.fromEntries(Object.entries(inputs).map(([k, v]) => [k, tensor(v)]));
    const names = outputs ?? graph.outputNodes;
    const start = performance.now();
    const result = await graph.executeAsync(feeds, names);
    const outs = [result].flat().map((y, i) => {
      const told = { name: names[i], dtype: y.dtype, shape: y.shape };
      const values = y.dataSync();
      if (!folder)
        return { ...told, values: Array.from(values, (v) => (isFinite(v) ? v : `${v}`)) };
      const file = path.join(folder, `${i}.bin`);
      fs.writeFileSync(file, Buffer.from(values.buffer, values.byteOffset, values.byteLength));
      return { ...told, file };
    });
    const seconds = (performance.now() - start) / 1000;
    tf.disposeVariables();
    graph.dispose();
    return { outs, seconds };
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
