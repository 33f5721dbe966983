// Steps of TensorFlow.js's optimizers: jobs as JSON on stdin, the variables as JSON on
// stdout.
//
// A job is {name, args, start, gradients}: an optimizer of tf.train with its arguments,
// the variable's first values, and the gradient of each step, which that of w * gradient
// is.
import * as tf from "@tensorflow/tfjs";

function run({ name, args, start, gradients }) {
  const w = tf.variable(tf.tensor(start));
  const optimizer = tf.train[name](...args);
  const costs = gradients.map((gradient) =>
    optimizer.minimize(() => w.mul(tf.tensor(gradient)).sum(), true, [w]).arraySync(),
  );
  return { w: w.arraySync(), costs };
}

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
await tf.setBackend("cpu");
const answers = JSON.parse(Buffer.concat(chunks).toString()).map(run);
process.stdout.write(JSON.stringify(answers));
