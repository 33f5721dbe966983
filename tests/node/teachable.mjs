// Exports of Teachable Machine in its own library, which wants a page: pictures are
// canvases of the size that the model takes, so that nothing is resized.
//
// Jobs as JSON on stdin: {files: {name: base64}, pictures: [{width, height, rgba: base64}],
// flipped}. The answer to each: [{label: probability} for each picture].
import * as tf from "@tensorflow/tfjs";
import tm from "@teachablemachine/image";

/** A canvas that takes pictures of its own size, and the mirror image of itself. */
class Canvas {
  getContext() {
    let mirrored = false;
    return {
      scale: (x) => (mirrored = x === -1),
      drawImage: (source, ...at) => {
        if (source.width !== this.width || source.height !== this.height)
          throw new Error(
            `${source.width} x ${source.height} pixels for ${this.width} x ${this.height}`,
          );
        if (!mirrored && at.some((place, i) => i < 2 && place !== 0)) throw new Error("moved");
        this.data = mirrored ? mirrorImage(source) : new Uint8Array(source.data);
      },
    };
  }
}

function mirrorImage({ width, data }) {
  const pixels = new Uint32Array(new Uint8Array(data).buffer);
  for (let at = 0; at < pixels.length; at += width) pixels.subarray(at, at + width).reverse();
  return new Uint8Array(pixels.buffer);
}

globalThis.HTMLVideoElement = class {};
globalThis.document = { createElement: () => new Canvas() };

const bytes = (base64) => new Uint8Array(Buffer.from(base64, "base64"));

async function answer({ files, pictures, flipped }) {
  const { modelTopology, weightsManifest } = JSON.parse(Buffer.from(files["model.json"], "base64"));
  const metadata = JSON.parse(Buffer.from(files["metadata.json"], "base64"));
  const weightSpecs = weightsManifest.flatMap((group) => group.weights);
  const weightData = bytes(files["weights.bin"]).buffer;
  const handler = tf.io.fromMemory({ modelTopology, weightSpecs, weightData });
  const model = await tm.load(handler, metadata);
  const rows = [];
  for (const { width, height, rgba } of pictures) {
    const answers = await model.predict({ width, height, data: bytes(rgba) }, flipped);
    rows.push(Object.fromEntries(answers.map((a) => [a.className, a.probability])));
  }
  return rows;
}

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
await tf.setBackend("cpu");
const answers = [];
for (const job of JSON.parse(Buffer.concat(chunks).toString())) answers.push(await answer(job));
process.stdout.write(JSON.stringify(answers));
