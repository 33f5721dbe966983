// Which files are a network, and of which kind. No DOM.

const KERAS = /\.(h5|hdf5|keras)$/i;
const OTHERS = /\.(zip|json|onnx|tflite|pth?|safetensors|npz)$/i; // or Python says what to do
const WITHIN = /\.(h5|hdf5|keras)(?=PK|[^\w.])/i;
const LIST = 1 << 16; // bytes at a zip's end, where its list of names is

/** @param {{ name: string }[]} files */
export const holdNetwork = (files) =>
  files.some(({ name }) => KERAS.test(name) || OTHERS.test(name));

/**
 * Whether they are of Keras: a file of it, or a zip with one, as Teachable Machine exports
 * a project for Keras.
 *
 * @param {Record<string, Uint8Array>} contents by name
 */
export function areOfKeras(contents) {
  return Object.entries(contents).some(([name, bytes]) => {
    if (!/\.zip$/i.test(name)) return KERAS.test(name);
    const names = new TextDecoder("latin1").decode(bytes.subarray(-LIST));
    const start = names.indexOf("PK\x01\x02"); // of its list
    return start >= 0 && WITHIN.test(names.slice(start));
  });
}
