// Which of the names on standard input, such as "tf.train.sgd", TensorFlow.js has not.

console.warn = () => {};
const tf = require("@tensorflow/tfjs");

const names = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const of = (name) => name.split(".").slice(1).reduce((space, part) => space?.[part], tf);
process.stdout.write(JSON.stringify(names.filter((name) => of(name) === undefined)));
