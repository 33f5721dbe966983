// The peer: TensorFlow.js doing the same works, once on each of its backends. Its files
// are not part of the page; `python -m pywebml bench page --peers` puts them beside it
// while it measures.

import { called, firstOf } from "./calls.js";
import { transformerStep } from "./transformer.js";

const UNITS = 100,
  CLASSES = 4,
  RATE = 1e-4;

// Loads the scripts of `folder` (a URL ending in a slash) that its peers.json names;
// the peers that work in this browser.
export async function tensorflowPeers(folder, { scripts, model }, wanted) {
  for (const name of scripts) await script(new URL(name, folder).href);
  const { tf } = globalThis;
  tf.wasm.setWasmPaths(folder);
  const peers = [];
  for (const backend of wanted) {
    try {
      if (await tf.setBackend(backend))
        peers.push(new TensorFlow(tf, backend, model && new URL(model, folder).href));
    } catch (error) {
      console.info(`TensorFlow.js has no ${backend} here: ${error.message}`);
    }
  }
  return peers;
}

function script(src) {
  return new Promise((resolve, reject) => {
    const made = Object.assign(document.createElement("script"), { src, onload: resolve });
    made.onerror = () => reject(new Error(`${src} could not be loaded`));
    document.head.append(made);
  });
}

class TensorFlow {
  constructor(tf, backend, model) {
    this.tf = tf;
    this.backend = backend;
    this.model = model;
    this.name = `TensorFlow.js ${tf.version.tfjs} ${backend}`;
  }

  // Tensors belong to a backend: everything that makes or uses them runs in here.
  async #use(f) {
    await this.tf.setBackend(this.backend);
    return f(this.tf);
  }

  // `once` n times over, then `wait` on what the last one gave; one is `each` units of
  // work.
  #repeated(once, wait = async () => {}, each = 1) {
    const run = (n) =>
      this.#use(async () => {
        const start = performance.now();
        let last;
        for (let i = 0; i < n; i++) {
          last?.dispose?.();
          last = await once();
        }
        await wait(last);
        return (performance.now() - start) / n / each;
      });
    return { name: this.name, run };
  }

  // Operations on little data, in milliseconds each: what it takes to issue one.
  // Waiting for the results is not timed.
  dispatch(launches) {
    return this.#use((tf) => {
      const x = tf.zeros([64, 64]);
      const run = (n) =>
        this.#use(async () => {
          let ms = 0;
          for (let i = 0; i < n; i++) {
            const start = performance.now();
            const last = tf.tidy(() => {
              let y = x;
              for (let k = 0; k < launches; k++) y = tf.reverse(y, 1);
              return y;
            });
            ms += performance.now() - start;
            await last.data();
            last.dispose();
          }
          return ms / n / launches;
        });
      return { name: this.name, run };
    });
  }

  // The webcam example: MobileNet up to its last features, and a head with the weights
  // given; picture (an ImageData) -> probabilities. Only this network's files are
  // TensorFlow.js's: nothing for others.
  frame(picture, weights, network) {
    return network !== "MobileNet v1 0.25" || !this.model
      ? null
      : this.#use(async (tf) => {
          const whole = await tf.loadLayersModel(this.model);
          const network = tf.model({
            inputs: whole.inputs,
            outputs: whole.getLayer("conv_pw_13_relu").output,
          });
          const head = this.#head([7, 7, 256]);
          head.setWeights(
            weights.map((values, i) => tf.tensor(values, head.getWeights()[i].shape)),
          );
          const once = async () => {
            const said = tf.tidy(() => {
              const pixels = tf.browser
                .fromPixels(picture)
                .toFloat()
                .div(127.5)
                .sub(1)
                .expandDims(0);
              return head.predict(network.predict(pixels));
            });
            const probabilities = await said.data();
            said.dispose();
            return probabilities;
          };
          const start = performance.now();
          const said = await once();
          const first = performance.now() - start;
          return { contender: this.#repeated(once), first, probabilities: [...said] };
        });
  }

  #head(inputShape) {
    const { layers, sequential } = this.tf;
    return sequential({
      layers: [
        layers.flatten({ inputShape }),
        layers.dense({
          units: UNITS,
          activation: "relu",
          kernelInitializer: "varianceScaling",
          useBias: true,
        }),
        layers.dense({
          units: CLASSES,
          activation: "softmax",
          kernelInitializer: "varianceScaling",
          useBias: true,
        }),
      ],
    });
  }

  // `fit` of the head on features of 100 pictures in batches of 40.
  fit(epochs) {
    return this.#use((tf) => {
      const xs = tf.randomUniform([100, 7, 7, 256]);
      const ys = tf.oneHot(tf.range(0, 100, 1, "int32").mod(tf.scalar(CLASSES, "int32")), CLASSES);
      const head = this.#head([7, 7, 256]);
      head.compile({ optimizer: tf.train.adam(RATE), loss: "categoricalCrossentropy" });
      return this.#repeated(async () => void (await head.fit(xs, ys, { batchSize: 40, epochs })));
    });
  }

  matmul(n, chain) {
    return this.#use((tf) => {
      const a = tf.randomUniform([n, n]),
        b = tf.randomUniform([n, n], 0, 2 / n);
      const once = () =>
        tf.tidy(() => {
          let c = a;
          for (let i = 0; i < chain; i++) c = tf.matMul(c, b);
          return c.slice([0, 0], [1, 1]);
        });
      return this.#repeated(once, (corner) => corner.data(), chain);
    });
  }

  // A function of theirs again and again, as calls.js reads it, on tensors drawn as
  // {shape, below, share} say: normal, whole numbers from 0 on below `below`, or from 0
  // to 1.
  op(call, inputs) {
    return this.#use((tf) => {
      const tensors = inputs.map(({ shape, below, share }) => {
        if (below) return tf.randomUniform(shape, 0, below, "int32");
        return share ? tf.randomUniform(shape) : tf.randomNormal(shape);
      });
      const once = () => tf.tidy(() => firstOf(called(tf, call, tensors)));
      const corner = (last) => tf.tidy(() => last.flatten().slice(0, 1));
      return this.#repeated(once, (last) => corner(last).data());
    });
  }

  // One Adam step of the MNIST conv net on random pictures; the loss is read after the
  // last step.
  convnet(batch) {
    return this.#use((tf) => {
      const { layers } = tf;
      const conv = (filters, more = {}) =>
        layers.conv2d({ filters, kernelSize: 3, activation: "relu", ...more });
      const net = tf.sequential({
        layers: [
          conv(16, { inputShape: [28, 28, 1] }),
          layers.maxPooling2d({ poolSize: 2, strides: 2 }),
          conv(32),
          layers.maxPooling2d({ poolSize: 2, strides: 2 }),
          conv(32),
          layers.flatten(),
          layers.dense({ units: 64, activation: "relu" }),
          layers.dense({ units: 10 }),
        ],
      });
      const xs = tf.randomUniform([batch, 28, 28, 1]);
      const ys = tf.oneHot(tf.range(0, batch, 1, "int32").mod(tf.scalar(10, "int32")), 10);
      const adam = tf.train.adam(1e-3);
      const weights = net.trainableWeights.map((weight) => weight.val);
      const once = () =>
        adam.minimize(() => tf.losses.softmaxCrossEntropy(ys, net.apply(xs)), true, weights);
      return this.#repeated(once, (loss) => loss.data());
    });
  }

  // One Adam step of the character model (pywebml/apps/bench/lstm.py) on random text.
  lstm(batch) {
    return this.#use((tf) => {
      const { layers } = tf;
      const net = tf.sequential({
        layers: [
          layers.lstm({ units: 128, recurrentActivation: "sigmoid", inputShape: [40, 60] }),
          layers.dense({ units: 60 }),
        ],
      });
      const characters = (...shape) => tf.oneHot(tf.randomUniform(shape, 0, 60, "int32"), 60);
      const xs = characters(batch, 40).toFloat();
      const ys = characters(batch).toFloat();
      const adam = tf.train.adam(1e-3);
      const weights = net.trainableWeights.map((weight) => weight.val);
      const once = () =>
        adam.minimize(() => tf.losses.softmaxCrossEntropy(ys, net.apply(xs)), true, weights);
      return this.#repeated(once, (loss) => loss.data());
    });
  }

  transformer(batch) {
    return this.#use((tf) => this.#repeated(transformerStep(tf, batch), (loss) => loss.data()));
  }
}
