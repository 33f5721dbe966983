// Pictures from files, the clipboard, drags and video: all become square JPEGs of one
// size.

import { t } from "./language.js";

export const SIDE = 224; // pixels; what the extractors look at

/**
 * The largest middle square of a picture of w x h: {x, y, side}.
 *
 * @param {number} w
 * @param {number} h
 */
export function middle(w, h) {
  const side = Math.min(w, h);
  return { x: (w - side) / 2, y: (h - side) / 2, side };
}

/**
 * The middle square of a video, ImageBitmap or image as a JPEG Blob of SIDE x SIDE;
 * `mirror` swaps left and right.
 *
 * @param {HTMLVideoElement | ImageBitmap | HTMLImageElement} source
 * @returns {Promise<Blob>}
 */
export async function squareJpeg(source, mirror = false) {
  const video = source instanceof HTMLVideoElement;
  const { x, y, side } = middle(
    video ? source.videoWidth : source.width,
    video ? source.videoHeight : source.height,
  );
  if (!(side > 0)) throw new Error(t`There is no picture yet.`);
  return drawn(SIDE, SIDE, (pen) => {
    if (mirror) pen.setTransform(-1, 0, 0, 1, SIDE, 0);
    pen.drawImage(source, x, y, side, side, 0, 0, SIDE, SIDE);
  });
}

/**
 * What `draw` draws, as a JPEG Blob.
 *
 * @param {number} width
 * @param {number} height
 * @param {(pen: CanvasRenderingContext2D) => void} draw
 * @returns {Promise<Blob>}
 */
function drawn(width, height, draw) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.fillStyle = "#fff"; // behind transparent pictures
  pen.fillRect(0, 0, width, height);
  pen.imageSmoothingQuality = "high";
  draw(pen);
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) =>
        blob ? resolve(blob) : reject(new Error(t`The browser could not keep the picture.`)),
      "image/jpeg",
      0.92,
    );
  });
}

/**
 * A file's picture as a square JPEG, turned as its EXIF orientation says. Error, naming
 * the file, where it is no picture.
 *
 * @param {Blob & { name?: string }} file
 */
export const squareFile = (file) => decoded(file, squareJpeg);

const LONGEST = 8 * SIDE; // pixels of a side

/**
 * A file's whole picture, its shorter side SIDE pixels: for a head that may want all of
 * it, or the middle. Errors as `squareFile`.
 *
 * @param {Blob & { name?: string }} file
 */
export const wholeFile = (file) =>
  decoded(file, (bitmap) => {
    const { width, height } = bitmap;
    const scale = SIDE / Math.min(width, height);
    /** @param {number} side */
    const scaled = (side) => Math.min(LONGEST, Math.round(side * scale));
    const [w, h] = [scaled(width), scaled(height)];
    return drawn(w, h, (pen) => pen.drawImage(bitmap, 0, 0, w, h));
  });

/**
 * @param {Blob & { name?: string }} file
 * @param {(bitmap: ImageBitmap) => Promise<Blob>} use
 */
async function decoded(file, use) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new Error(
      t`${file.name || t`What was pasted`} is no picture that this browser can read.`,
    );
  }
  try {
    return await use(bitmap);
  } finally {
    bitmap.close();
  }
}

let reading = Promise.resolve();

/**
 * Reads files one after the other, whoever asks: a phone's photo takes 50 MB while it is
 * decoded. `take` gets each square as soon as there is one, `refuse` the Error of a file
 * that is no picture; between two of them the page can draw. Ends early when `wanted()`
 * turns false.
 *
 * @param {Iterable<Blob>} files
 * @param {{ take: (jpeg: Blob) => void, refuse: (error: Error) => void, wanted?: () => boolean }} answers
 */
export function readSquares(files, { take, refuse, wanted = () => true }) {
  const all = async () => {
    for (const file of files) {
      if (!wanted()) return;
      try {
        take(await squareFile(file));
      } catch (error) {
        refuse(/** @type {Error} */ (error));
      }
      await new Promise((resolve) => setTimeout(resolve));
    }
  };
  reading = reading.then(all);
  return reading;
}

/**
 * The files of a drop, paste or file input that look like pictures.
 *
 * @param {Iterable<File> | null | undefined} list
 */
export const pictureFiles = (list) =>
  [...(list ?? [])].filter((file) => file.type.startsWith("image/"));

/**
 * A drawn sample set: {class name: [address of a picture]}. Fetched when asked for,
 * never at the start.
 *
 * @returns {Promise<Record<string, string[]>>}
 */
export async function drawnSamples(name = "index") {
  const answer = await fetch(new URL(`samples/${name}.json`, document.baseURI)).catch(() => null);
  if (!answer?.ok)
    throw new Error(t`The drawn samples could not be loaded. Are you offline on a first visit?`);
  /** @type {Record<string, string[]>} */
  const index = await answer.json();
  const entries = Object.entries(index);
  return Object.fromEntries(
    entries.map(([name, paths]) => [
      name,
      paths.map((path) => new URL(path, document.baseURI).href),
    ]),
  );
}

/**
 * A picture of the sample set as a Blob.
 *
 * @param {string} address
 */
export async function fetchPicture(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(t`A drawn sample could not be loaded (${answer.status}).`);
  return answer.blob();
}
