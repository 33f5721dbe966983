// What TensorFlow.js's recurrent layers give, and the gradient of a weighted sum of it.
//
// A job as JSON on stdin: {kind: "lstm" | "simpleRNN", units, x, kernel, recurrent, bias, state,
// weights}; the answer: {y, slopes} with slopes of x, kernel, recurrent and bias.
import * as tf from "@tensorflow/tfjs";

function run(job) {
  const layer = tf.layers[job.kind]({
    units: job.units,
    returnSequences: true,
    recurrentActivation: "sigmoid", // TensorFlow.js's own default is a hard one
  });
  const x = tf.tensor(job.x);
  const state = job.state.map((s) => tf.tensor(s));
  layer.apply(x, { initialState: state });
  layer.setWeights([job.kernel, job.recurrent, job.bias].map((w) => tf.tensor(w)));
  const out = () => {
    const y = layer.apply(x, { initialState: state });
    return Array.isArray(y) ? y[0] : y;
  };
  const variables = layer.trainableWeights.map((weight) => weight.val);
  const weights = tf.tensor(job.weights);
  const { grads } = tf.variableGrads(() => tf.sum(tf.mul(out(), weights)), variables);
  const slopes = variables.map((variable) => grads[variable.name].arraySync());
  return { y: out().arraySync(), slopes };
}

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
await tf.setBackend("cpu");
process.stdout.write(JSON.stringify(JSON.parse(Buffer.concat(chunks).toString()).map(run)));
