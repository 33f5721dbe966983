// Pictures from files, the clipboard, drags and video: all become square JPEGs of one
// size.

export const SIDE = 224; // pixels; what the extractors look at

/** The largest middle square of a picture of w x h: {x, y, side}. */
export function middle(w, h) {
  const side = Math.min(w, h);
  return { x: (w - side) / 2, y: (h - side) / 2, side };
}

/**
 * The middle square of a video, ImageBitmap or image as a JPEG Blob of SIDE x SIDE;
 * `mirror` swaps left and right.
 */
export async function squareJpeg(source, mirror = false) {
  const canvas = Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE });
  const pen = canvas.getContext("2d");
  const { x, y, side } = middle(
    source.videoWidth ?? source.width,
    source.videoHeight ?? source.height,
  );
  if (!(side > 0)) throw new Error("There is no picture yet.");
  pen.fillStyle = "#fff"; // behind transparent pictures
  pen.fillRect(0, 0, SIDE, SIDE);
  if (mirror) pen.setTransform(-1, 0, 0, 1, SIDE, 0);
  pen.imageSmoothingQuality = "high";
  pen.drawImage(source, x, y, side, side, 0, 0, SIDE, SIDE);
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) =>
        blob ? resolve(blob) : reject(new Error("The browser could not keep the picture.")),
      "image/jpeg",
      0.92,
    );
  });
}

/**
 * A file's picture as a square JPEG, turned as its EXIF orientation says. Error, naming
 * the file, where it is no picture.
 */
export async function squareFile(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new Error(`${file.name || "What was pasted"} is no picture that this browser can read.`);
  }
  try {
    return await squareJpeg(bitmap);
  } finally {
    bitmap.close();
  }
}

/** The files of a drop, paste or file input that look like pictures. */
export const pictureFiles = (list) =>
  [...(list ?? [])].filter((file) => file.type.startsWith("image/"));

/**
 * Lets pictures be dropped on `element`; `take` gets the files. The class `dropping` is
 * on it while a drag is over it.
 */
export function acceptDrops(element, take) {
  let inside = 0;
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  const enter = (event, by) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    inside = Math.max(0, inside + by);
    element.classList.toggle("dropping", inside > 0);
  };
  element.addEventListener("dragenter", (event) => enter(event, 1));
  element.addEventListener("dragleave", (event) => enter(event, -1));
  element.addEventListener("dragover", (event) => enter(event, 0));
  element.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    inside = 0;
    element.classList.remove("dropping");
    take([...event.dataTransfer.files]);
  });
}

/**
 * The drawn sample set: {class name: [address of a picture]}. Fetched when asked for,
 * never at the start.
 */
export async function drawnSamples() {
  const index = new URL("samples/index.json", document.baseURI);
  const answer = await fetch(index).catch(() => null);
  if (!answer?.ok)
    throw new Error("The drawn samples could not be loaded. Are you offline on a first visit?");
  const entries = Object.entries(await answer.json());
  return Object.fromEntries(
    entries.map(([name, paths]) => [
      name,
      paths.map((path) => new URL(path, document.baseURI).href),
    ]),
  );
}

/** A picture of the sample set as a Blob. */
export async function fetchPicture(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`A drawn sample could not be loaded (${answer.status}).`);
  return answer.blob();
}
