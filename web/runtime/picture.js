// Pictures of any kind as the floats that a network takes: the part that it looks at,
// reduced by means of whole blocks where it is far larger, resized bilinearly with
// half-pixel centres, times scale plus offset. The same numbers as
// pywebml/data/pictures.py and pywebml/ops/image/pixels.py give.

/** @typedef {import("./plan.js").PictureForm} PictureForm */
/** @typedef {{ top: number, left: number, height: number, width: number }} Box */
/** @typedef {{ data: Uint8ClampedArray | Uint8Array, width: number, height: number }} Pixels RGBA */
/** @typedef {HTMLVideoElement | HTMLImageElement | HTMLCanvasElement | OffscreenCanvas | ImageBitmap | VideoFrame | ImageData} Picture */

const FIXED = 2 ** 24;
const LARGEST = 4096 * 4096; // pixels of a canvas that telephones still give

/**
 * A whole number next to x, halves to the even one, as Python rounds.
 *
 * @param {number} x
 */
function rounded(x) {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 ? below + 1 : below;
}

/**
 * What of a picture is looked at: all of it ("squash"), or the largest part in the middle
 * with the proportions of `size` ("crop").
 *
 * @param {number} height
 * @param {number} width
 * @param {PictureForm} form
 * @returns {Box}
 */
export function boxOf(height, width, { size, fit }) {
  if (fit === "squash") return { top: 0, left: 0, height, width };
  const scale = Math.min(height / size[0], width / size[1]);
  const h = Math.max(1, rounded(scale * size[0]));
  const w = Math.max(1, rounded(scale * size[1]));
  return { top: (height - h) >> 1, left: (width - w) >> 1, height: h, width: w };
}

/**
 * For each of m places along an axis of n: the pixels before and after, and how far
 * towards the second it lies.
 *
 * @param {number} n
 * @param {number} m
 */
function neighbours(n, m) {
  const [before, after, share] = [new Int32Array(m), new Int32Array(m), new Float32Array(m)];
  for (let i = 0; i < m; i += 1) {
    const place = Math.min(Math.max((i + 0.5) * (n / m) - 0.5, 0), n - 1);
    before[i] = Math.floor(place);
    after[i] = Math.min(before[i] + 1, n - 1);
    share[i] = place - before[i];
  }
  return { before, after, share };
}

/**
 * The means of blocks of a picture's part, `across` x `down` pixels each: fewer at its
 * right and lower edge, where they would not fit.
 *
 * @param {Pixels} pixels
 * @param {Box} box
 * @param {number} across
 * @param {number} down
 * @returns {Pixels}
 */
export function reduced({ data, width }, box, across, down) {
  const size = { width: Math.ceil(box.width / across), height: Math.ceil(box.height / down) };
  const means = new Uint8ClampedArray(4 * size.width * size.height);
  const sums = new Float64Array(3 * size.width);
  for (let y = 0; y < size.height; y += 1) {
    const rows = Math.min(down, box.height - y * down);
    sums.fill(0);
    for (let row = y * down; row < y * down + rows; row += 1) {
      let from = 4 * ((box.top + row) * width + box.left);
      for (let x = 0; x < box.width; x += 1, from += 4) {
        const at = 3 * Math.floor(x / across);
        sums[at] += data[from];
        sums[at + 1] += data[from + 1];
        sums[at + 2] += data[from + 2];
      }
    }
    for (let x = 0; x < size.width; x += 1) {
      const n = rows * Math.min(across, box.width - x * across);
      const share = Math.floor(FIXED / n); // Pillow's way to divide, whose means these are
      const at = 4 * (y * size.width + x);
      for (let c = 0; c < 3; c += 1)
        means[at + c] = Math.floor(((sums[3 * x + c] + (n >> 1)) * share) / FIXED);
    }
  }
  return { data: means, ...size };
}

/**
 * The part `box` of a picture's pixels, into `floats`.
 *
 * @param {Pixels} pixels
 * @param {Box} box
 * @param {PictureForm} form
 * @param {Float32Array} floats [height, width, 3]
 * @param {boolean} mirror left and right change places
 */
export function sample({ data, width }, box, form, floats, mirror = false) {
  const [height, across] = form.size;
  const rows = neighbours(box.height, height);
  const columns = neighbours(box.width, across);
  const channels = form.order === "bgr" ? [2, 1, 0] : [0, 1, 2];
  for (let y = 0; y < height; y += 1) {
    const upper = (box.top + rows.before[y]) * width + box.left;
    const lower = (box.top + rows.after[y]) * width + box.left;
    const down = rows.share[y];
    for (let x = 0; x < across; x += 1) {
      const left = columns.before[x];
      const right = columns.after[x];
      const along = columns.share[x];
      const at = 3 * (y * across + (mirror ? across - 1 - x : x));
      for (let c = 0; c < 3; c += 1) {
        const from = channels[c];
        const a = data[4 * (upper + left) + from];
        const b = data[4 * (upper + right) + from];
        const first = a + (data[4 * (lower + left) + from] - a) * down;
        const second = b + (data[4 * (lower + right) + from] - b) * down;
        floats[at + c] = (first + (second - first) * along) * form.scale[c] + form.offset[c];
      }
    }
  }
}

/**
 * Height and width of a picture as it is shown.
 *
 * @param {any} picture
 * @returns {[height: number, width: number]}
 */
function sizeOf(picture) {
  const width = picture.videoWidth ?? picture.naturalWidth ?? picture.displayWidth;
  const height = picture.videoHeight ?? picture.naturalHeight ?? picture.displayHeight;
  return [Number(height ?? picture.height), Number(width ?? picture.width)];
}

/**
 * @param {Pixels} pixels
 * @returns {Box}
 */
const wholeOf = ({ height, width }) => ({ top: 0, left: 0, height, width });

export class PictureReader {
  /** @type {OffscreenCanvasRenderingContext2D | null} */
  #pen = null;

  /** @param {PictureForm} form */
  constructor(form) {
    this.form = form;
  }

  /**
   * A picture into `floats`. Error, in one sentence, where it has no pixels or the
   * browser does not let them be read.
   *
   * @param {Picture} picture
   * @param {Float32Array} floats
   * @param {boolean} mirror
   */
  read(picture, floats, mirror) {
    if (typeof picture !== "object" || picture === null)
      throw new TypeError(
        `A picture is a <video>, <img>, <canvas>, ImageBitmap, VideoFrame or ImageData, not ${picture}.`,
      );
    const [height, width] = sizeOf(picture);
    // a <video> knows its size before it has a picture
    if (!(height >= 1 && width >= 1) || ("readyState" in picture && picture.readyState < 2))
      throw new Error("The picture has no pixels yet; wait until it has loaded.");
    const box = boxOf(height, width, this.form);
    if ("data" in picture && picture.data.length === 4 * height * width) {
      this.#look(/** @type {Pixels} */ (picture), box, floats, mirror);
      return;
    }
    const pixels = this.#pixels(/** @type {CanvasImageSource} */ (picture), box);
    this.#look(pixels, wholeOf(pixels), floats, mirror);
  }

  /**
   * @param {Pixels} pixels
   * @param {Box} box
   * @param {Float32Array} floats
   * @param {boolean} mirror
   */
  #look(pixels, box, floats, mirror) {
    const [height, width] = this.form.size;
    const across = Math.max(1, Math.floor(box.width / width));
    const down = Math.max(1, Math.floor(box.height / height));
    if (across === 1 && down === 1) {
      sample(pixels, box, this.form, floats, mirror);
      return;
    }
    const small = reduced(pixels, box, across, down);
    sample(small, boxOf(small.height, small.width, this.form), this.form, floats, mirror);
  }

  /**
   * @param {CanvasImageSource} picture
   * @param {Box} box
   */
  #pixels(picture, { top, left, height, width }) {
    const scale = Math.min(1, Math.sqrt(LARGEST / (height * width)));
    const [h, w] = [
      Math.max(1, Math.floor(height * scale)),
      Math.max(1, Math.floor(width * scale)),
    ];
    const pen = this.#penOf(w, h);
    pen.globalCompositeOperation = "copy"; // over what was there
    pen.drawImage(picture, left, top, width, height, 0, 0, w, h);
    try {
      return pen.getImageData(0, 0, w, h);
    } catch {
      throw new Error(
        "The picture comes from another address, which does not let pages read its pixels.",
      );
    }
  }

  /**
   * @param {number} width
   * @param {number} height
   */
  #penOf(width, height) {
    if (this.#pen?.canvas.width !== width || this.#pen.canvas.height !== height) {
      const canvas = new OffscreenCanvas(width, height);
      // kept in memory where pixels can be read, not on the graphics card
      this.#pen = /** @type {any} */ (canvas.getContext("2d", { willReadFrequently: true }));
    }
    return /** @type {OffscreenCanvasRenderingContext2D} */ (this.#pen);
  }
}
