// TensorFlow.js's knn-classifier: a job {examples: [[values, label]], queries, k} on
// stdin, {counts, answers} on stdout.
import * as tf from "@tensorflow/tfjs";
import * as knnClassifier from "@tensorflow-models/knn-classifier";

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
await tf.setBackend("cpu");
const { examples, queries, k } = JSON.parse(Buffer.concat(chunks).toString());
const knn = knnClassifier.create();
for (const [values, label] of examples) knn.addExample(tf.tensor(values), label);
const answers = [];
for (const values of queries) answers.push(await knn.predictClass(tf.tensor(values), k));
process.stdout.write(JSON.stringify({ counts: knn.getClassExampleCount(), answers }));
