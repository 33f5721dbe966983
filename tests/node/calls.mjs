// Calls of TensorFlow.js's, as `bench ops` has the page make them: a list of {call,
// inputs: [{values, shape, dtype}]} as JSON on stdin, the first result's values of each
// as a flat list on stdout.
import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs";
import { called, firstOf } from "../../web/pages/bench/calls.js";

await tf.setBackend("cpu");
const answers = JSON.parse(readFileSync(0, "utf-8")).map(({ call, inputs }) => {
  const tensors = inputs.map(({ values, shape, dtype }) => tf.tensor(values, shape, dtype));
  return [...firstOf(called(tf, call, tensors)).dataSync()].map(Number);
});
process.stdout.write(JSON.stringify(answers));
