// A training step of a transformer block (pywebml/apps/bench/transformer.py) in
// TensorFlow.js, which has no layers for attention: of its ops, on variables.

const [WIDTH, HEADS, INNER, TOKENS] = [256, 4, 1024, 128];

// A function that does one Adam step on fixed random data and gives the loss.
export function transformerStep(tf, batch) {
  const weights = [];
  const variable = (value) => {
    weights.push(tf.variable(value));
    return weights.at(-1);
  };
  const dense = (inputs, units) => {
    const limit = Math.sqrt(6 / (inputs + units));
    const kernel = variable(tf.randomUniform([inputs, units], -limit, limit));
    const bias = variable(tf.zeros([units]));
    return (x) => x.reshape([-1, inputs]).matMul(kernel).add(bias);
  };
  const norm = () => {
    const gamma = variable(tf.ones([WIDTH]));
    const beta = variable(tf.zeros([WIDTH]));
    return (x) => {
      const { mean, variance } = tf.moments(x, -1, true);
      return x.sub(mean).mul(variance.add(1e-5).rsqrt()).mul(gamma).add(beta);
    };
  };
  const [query, key, value, output] = [1, 2, 3, 4].map(() => dense(WIDTH, WIDTH));
  const [wide, narrow] = [dense(WIDTH, INNER), dense(INNER, WIDTH)];
  const [first, second] = [norm(), norm()];
  const width = WIDTH / HEADS;
  const heads = (x) => x.reshape([batch, TOKENS, HEADS, width]).transpose([0, 2, 1, 3]);
  const attention = (x) => {
    const scores = heads(query(x)).matMul(heads(key(x)), false, true);
    const seen = scores
      .div(Math.sqrt(width))
      .softmax()
      .matMul(heads(value(x)));
    return output(seen.transpose([0, 2, 1, 3])).reshape(x.shape);
  };
  const block = (x) => {
    const y = first(x.add(attention(x)));
    return second(y.add(narrow(wide(y).relu()).reshape(y.shape)));
  };
  const xs = tf.randomNormal([batch, TOKENS, WIDTH]);
  const ys = tf.randomNormal([batch, TOKENS, WIDTH]);
  const adam = tf.train.adam(1e-4);
  return () => adam.minimize(() => block(xs).sub(ys).square().mean(), true, weights);
}
