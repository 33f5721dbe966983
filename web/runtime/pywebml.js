// A model that was taught with pywebml, in any web page: no Python, no other library.
//
//     import { load } from "./pywebml/pywebml.js";
//     const model = await load("model/");
//     const [best] = await model.predict(video); // { label: "cat", probability: 0.97 }
//
// docs/own-page.md says what there is; types are in pywebml.d.ts.

import { PictureReader } from "./picture.js";
import { CpuPlayer } from "./plan_cpu.js";
import { GpuPlayer } from "./plan_gpu.js";
import { MOST, PlanError, readPlan } from "./plan.js";

/** @typedef {import("./plan.js").Plan} Plan */
/** @typedef {import("./picture.js").Picture} Picture */
/** @typedef {{ label: string, probability: number }} Prediction */

/**
 * @typedef {object} Options
 * @property {"auto" | "gpu" | "cpu"} [device] what computes
 * @property {(progress: { done: number, of: number }) => void} [onProgress] bytes
 * @property {AbortSignal} [signal]
 * @property {string | URL} [kernels] where kernels.json is, if not beside this module
 * @property {string | URL} [xnnpack] where xnnpack.bin is, likewise
 */

/** @typedef {{ weights: ArrayBuffer, kernels: Record<string, string> | null }} Files */

const HERE = import.meta.url;

/**
 * Loads a model from the address of its folder, relative to the page's. Errors are one
 * sentence each.
 *
 * @param {string | URL} address
 * @param {Options} options
 */
export async function load(address, options = {}) {
  const { device = "auto", onProgress = () => {}, signal } = options;
  if (!["auto", "gpu", "cpu"].includes(device))
    throw new TypeError(`device must be "auto", "gpu" or "cpu", not ${device}.`);
  const base = globalThis.document?.baseURI ?? globalThis.location?.href;
  const folder = new URL(address, base);
  if (!folder.pathname.endsWith("/")) folder.pathname += "/";
  const ask = { signal };
  const gpu = device !== "cpu" && Boolean(globalThis.navigator?.gpu);
  const kernels = gpu
    ? fetched(new URL(options.kernels ?? "kernels.json", HERE), ask, MOST.json)
    : null;
  kernels?.catch(() => {}); // a plan without a part for GPUs goes without them
  const plan = readPlan(text(await fetched(new URL("plan.json", folder), ask, MOST.json)));
  const { file, sha256, sent } = /** @type {any} */ (plan.weights);
  const packed = await fetched(new URL(file, folder), ask, MOST.weights, (done) =>
    onProgress({ done, of: Math.max(done, sent) }),
  );
  if (globalThis.crypto?.subtle && (await sumOf(packed)) !== sha256)
    throw new PlanError(
      `The model's ${file} is another one than its plan.json says; copy both from one export.`,
    );
  const wrong = `The model's ${file} is not what its plan.json says.`;
  const weights = await gunzipped(packed, plan.weights.bytes, wrong);
  if (weights.length !== plan.weights.bytes) throw new PlanError(wrong);
  const files = {
    weights: weights.buffer,
    kernels: plan.gpu && kernels ? JSON.parse(text(await kernels)) : null,
    wasm: async () => {
      const packed = await fetched(new URL(options.xnnpack ?? "xnnpack.bin", HERE), {}, MOST.json);
      return gunzipped(packed, MOST.json, "xnnpack.bin is larger than it can be.");
    },
  };
  const model = new Model(plan, device, files);
  await model.warmUp();
  return model;
}

class Model {
  /** @type {GpuPlayer | CpuPlayer | null} */
  #player = null;
  #turn = Promise.resolve();
  #disposed = false;

  /**
   * @param {Plan} plan
   * @param {"auto" | "gpu" | "cpu"} device
   * @param {{ weights: ArrayBuffer, kernels: Record<string, string> | null, wasm: () => Promise<Uint8Array<ArrayBuffer>> }} files
   */
  constructor(plan, device, files) {
    this.plan = plan;
    this.asked = device;
    this.files = files;
    this.reader = new PictureReader(plan.picture);
    /** The names of the classes, in the order of the network's outputs. */
    this.labels = Object.freeze([...plan.labels]);
    this.title = plan.title ?? "";
    /** Whether it looks at the middle of a picture ("crop") or at all of it ("squash"). */
    this.fit = plan.picture.fit;
  }

  /** What computes, in words. */
  get device() {
    return this.#player?.name ?? "";
  }

  /**
   * How probable each class is for a picture, the most probable first.
   *
   * @param {Picture} picture
   * @param {{ mirror?: boolean }} options `mirror`: look at it as a mirror shows it
   * @returns {Promise<Prediction[]>}
   */
  predict(picture, { mirror = false } = {}) {
    return this.#inTurn(async () => {
      const player = await this.#ready();
      this.reader.read(picture, player.picture, mirror);
      let scores;
      try {
        scores = await player.play();
      } catch (error) {
        if (!(await gone(player))) throw error;
        return this.#again(picture, mirror);
      }
      return this.#predictions(scores);
    });
  }

  /** Gives the memory back; the model cannot be used any more. */
  dispose() {
    this.#disposed = true;
    this.#player?.close();
    this.#player = null;
  }

  /** A first picture, so that kernels are compiled and faults come to light. */
  async warmUp() {
    await this.#inTurn(async () => {
      const player = await this.#ready();
      player.picture.fill(0);
      await player.play();
    });
  }

  /**
   * One after the other: a device has one place for a picture.
   *
   * @template Result
   * @param {() => Promise<Result>} job
   * @returns {Promise<Result>}
   */
  #inTurn(job) {
    const done = this.#turn.then(job);
    this.#turn = done.then(
      () => {},
      () => {},
    );
    return done;
  }

  /** What plays the plan: opened where there is none, or the graphics card has gone. */
  async #ready() {
    if (this.#disposed) throw new Error("This model was disposed of; load it again.");
    if (!this.#player) {
      const player = await this.#open();
      player.lost.then(() => {
        if (this.#player === player) this.#player = null;
      });
      this.#player = player;
    }
    return this.#player;
  }

  /** @returns {Promise<GpuPlayer | CpuPlayer>} */
  async #open() {
    const { plan, asked, files } = this;
    let trouble = "";
    if (asked !== "cpu" && plan.gpu) {
      try {
        // a graphics card that is a program is slower than XNNPACK
        const any = asked === "gpu" || !plan.cpu;
        const player = await GpuPlayer.open(plan, files.weights, files.kernels ?? {}, any);
        if (player) return await tried(player);
      } catch (error) {
        trouble = /** @type {Error} */ (error).message;
        if (asked === "gpu" || error instanceof PlanError) throw error;
      }
    }
    if (asked !== "gpu" && plan.cpu && globalThis.WebAssembly)
      return CpuPlayer.open(plan, files.weights, await files.wasm());
    throw new Error(trouble || `This model has nothing that the device "${asked}" could play.`);
  }

  /**
   * @param {Picture} picture
   * @param {boolean} mirror
   */
  async #again(picture, mirror) {
    const player = await this.#ready();
    this.reader.read(picture, player.picture, mirror);
    return this.#predictions(await player.play());
  }

  /** @param {Float32Array} scores */
  #predictions(scores) {
    const shares = this.plan.softmax ? softmax(scores) : scores;
    return this.labels
      .map((label, i) => ({ label, probability: shares[i] }))
      .sort((a, b) => b.probability - a.probability);
  }
}

/**
 * A player that has played once: kernels that do not compile say so then.
 *
 * @param {GpuPlayer} player
 */
async function tried(player) {
  try {
    await player.play();
    return player;
  } catch (error) {
    player.close();
    throw error;
  }
}

/**
 * Whether a graphics card went away: its buffers may say so a moment before it does.
 *
 * @param {GpuPlayer | CpuPlayer} player
 * @returns {Promise<boolean>}
 */
const gone = (player) =>
  Promise.race([
    player.lost.then(() => true),
    new Promise((resolve) => setTimeout(resolve, 200, false)),
  ]);

/** @param {Float32Array} scores */
function softmax(scores) {
  const most = Math.max(...scores);
  const shares = Float32Array.from(scores, (score) => Math.exp(score - most));
  const sum = shares.reduce((all, share) => all + share, 0);
  return shares.map((share) => share / sum);
}

/**
 * The bytes at an address; `most` at most. Error, in one sentence, where they cannot be
 * had.
 *
 * @param {URL} address
 * @param {RequestInit} ask
 * @param {number} most
 * @param {(done: number) => void} onProgress
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
async function fetched(address, ask, most, onProgress = () => {}) {
  const response = await fetch(address, ask).catch((error) => {
    if (error.name === "AbortError") throw error;
    throw new Error(`${address} cannot be reached; is there a connection?`);
  });
  if (!response.ok || !response.body)
    throw new Error(`${address} cannot be loaded (${response.status}).`);
  return collected(
    response.body,
    most,
    `${address} is larger than such a file can be.`,
    onProgress,
  );
}

/**
 * What a stream brings, unless that is more than `most` bytes.
 *
 * @param {ReadableStream<Uint8Array<ArrayBuffer>>} stream
 * @param {number} most
 * @param {string} tooMuch
 * @param {(done: number) => void} onProgress
 */
async function collected(stream, most, tooMuch, onProgress = () => {}) {
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const parts = [];
  let done = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done: over, value } = await reader.read();
    if (over) break;
    done += value.length;
    if (done > most) {
      await reader.cancel();
      throw new PlanError(tooMuch);
    }
    parts.push(value);
    onProgress(done);
  }
  const bytes = new Uint8Array(done);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/**
 * What gzip has packed. PlanError where it is not whole, or more than `most` bytes.
 *
 * @param {Uint8Array<ArrayBuffer>} packed
 * @param {number} most
 * @param {string} tooMuch
 */
async function gunzipped(packed, most, tooMuch) {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return collected(/** @type {any} */ (stream), most, tooMuch).catch((error) => {
    throw error instanceof PlanError ? error : new PlanError("A file of the model is not whole.");
  });
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
async function sumOf(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {Uint8Array} bytes */
const text = (bytes) => new TextDecoder().decode(bytes);
