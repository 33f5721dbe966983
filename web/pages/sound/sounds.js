// Samples: to the rate that the network hears, to whole numbers as wav files have them,
// and pictures of them in colours. No DOM; tested in Node.

export const RATE = 16_000; // samples of a second, and of a clip
export const FRAMES = 61;
export const BANDS = 64;
const ZEROS = 16; // zero crossings of the sinc on either side
const INKS = [
  [12, 8, 38],
  [86, 28, 122],
  [199, 62, 92],
  [249, 155, 60],
  [253, 245, 190],
]; // from silence to loud

/** Samples from -1 to 1 as int16. */
export function toWhole(samples) {
  return Int16Array.from(samples, (value) => Math.round(Math.max(-1, Math.min(1, value)) * 32767));
}

/** int16 as samples from -1 to 1. */
export const toFloats = (whole) => Float32Array.from(whole, (value) => value / 32767);

/** Clips of a second (views) of all their samples. */
export function seconds(samples) {
  return Array.from({ length: samples.length / RATE }, (_, i) =>
    samples.subarray(i * RATE, (i + 1) * RATE),
  );
}

const divisor = (a, b) => (b ? divisor(b, a % b) : a);
const tables = new Map(); // by rate

/** Weights of the samples around a new one, for each place between two that one can have. */
function weights(rate) {
  if (tables.has(rate)) return tables.get(rate);
  const cut = Math.min(1, RATE / rate);
  const reach = Math.ceil(ZEROS / cut);
  const phases = RATE / divisor(RATE, rate);
  const table = Array.from({ length: phases }, (_, phase) =>
    Float32Array.from({ length: 2 * reach + 1 }, (__, tap) => {
      const far = (tap - reach - phase / phases) * cut;
      const angle = Math.PI * far;
      const window = Math.abs(far) < ZEROS ? 0.5 + 0.5 * Math.cos(angle / ZEROS) : 0;
      return cut * window * (far === 0 ? 1 : Math.sin(angle) / angle);
    }),
  );
  tables.set(rate, { table, reach, phases });
  return tables.get(rate);
}

/**
 * Samples of another rate (a whole number), 16,000 a second: each is a sum of those
 * around it, weighted by a sinc under a Hann window, as pywebml/data/wav.py does it.
 */
export function resampled(samples, rate) {
  if (rate === RATE) return samples;
  const { table, reach, phases } = weights(rate);
  const step = (rate * phases) / RATE; // in parts of a sample
  return Float32Array.from({ length: Math.floor((samples.length * RATE) / rate) }, (_, i) => {
    const middle = Math.floor((i * step) / phases);
    const weight = table[(i * step) % phases];
    const first = Math.max(0, middle - reach);
    const last = Math.min(samples.length - 1, middle + reach);
    let sum = 0;
    for (let j = first; j <= last; j += 1) sum += samples[j] * weight[j - middle + reach];
    return sum;
  });
}

const colours = Array.from({ length: 256 }, (_, level) => {
  const place = (level / 255) * (INKS.length - 1);
  const i = Math.min(Math.floor(place), INKS.length - 2);
  return INKS[i].map((from, part) => Math.round(from + (INKS[i + 1][part] - from) * (place - i)));
});

/** RGBA, 64 rows of 61: time to the right, high pitches at the top; null is silence. */
export function painted(pixels) {
  const image = new Uint8ClampedArray(4 * FRAMES * BANDS);
  for (let band = 0; band < BANDS; band += 1)
    for (let frame = 0; frame < FRAMES; frame += 1) {
      const at = 4 * ((BANDS - 1 - band) * FRAMES + frame);
      image.set(colours[pixels ? pixels[frame * BANDS + band] : 0], at);
      image[at + 3] = 255;
    }
  return image;
}
