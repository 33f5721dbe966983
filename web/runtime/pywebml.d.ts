/** Types of pywebml.js: a model that was taught with pywebml, in any web page. */

/** What a picture may be. */
export type Picture =
  | HTMLVideoElement
  | HTMLImageElement
  | HTMLCanvasElement
  | OffscreenCanvas
  | ImageBitmap
  | VideoFrame
  | ImageData;

/** A class and how probable it is, 0 to 1. */
export interface Prediction {
  label: string;
  probability: number;
}

/** Bytes of the model that have come, and of all of them. */
export interface Progress {
  done: number;
  of: number;
}

export interface Options {
  /**
   * What computes: "gpu" is WebGPU, "cpu" XNNPACK in WebAssembly. "auto", which is meant
   * where nothing is said, takes the first of them that the browser has.
   */
  device?: "auto" | "gpu" | "cpu";
  onProgress?: (progress: Progress) => void;
  /** Ends the loading. */
  signal?: AbortSignal;
  /** Where kernels.json is, if not beside this module. */
  kernels?: string | URL;
  /** Where xnnpack.bin is, if not beside this module. */
  xnnpack?: string | URL;
}

export interface Model {
  /** The names of the classes, in the order of the network's outputs. */
  readonly labels: readonly string[];
  /** What the model was called when it was exported. */
  readonly title: string;
  /** Whether it looks at the middle of a picture ("crop") or at all of it ("squash"). */
  readonly fit: "crop" | "squash";
  /** What computes, in words: a graphics card's name, or "XNNPACK". */
  readonly device: string;
  /**
   * How probable each class is for a picture, the most probable first. Calls are answered
   * one after the other. `mirror`: look at it as a mirror shows it.
   */
  predict(picture: Picture, options?: { mirror?: boolean }): Promise<Prediction[]>;
  /** Gives the memory back; the model cannot be used any more. */
  dispose(): void;
}

/**
 * Loads the model of a folder with plan.json and weights.bin, by its address relative to
 * the page. Rejects with an Error whose message is one sentence for people.
 */
export function load(address: string | URL, options?: Options): Promise<Model>;
