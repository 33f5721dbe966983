// The microphone: samples from -1 to 1 as the browser hears them, `rate` a second.

/** @type {Record<string, string>} */
const REASONS = {
  NotAllowedError:
    "The microphone is blocked for this page. Allow it beside the address, or take wav files instead.",
  NotFoundError: "No microphone was found. Take wav files instead.",
  NotReadableError: "The microphone is in use by another program. Close that one and try again.",
  SecurityError: "The browser keeps the microphone from this page.",
};
export const INSECURE =
  "Browsers open the microphone only on https pages and on localhost. Take wav files instead.";
const GONE = "The microphone is gone: it was unplugged, or the page may no longer use it.";
const AS_IT_IS = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };

/**
 * Dispatches "change" when it goes on or off, and "trouble" (detail: a sentence) when it
 * ends by itself.
 */
export class Microphone extends EventTarget {
  rate = 0; // samples a second, since it went on first
  /** @type {{ context: AudioContext, stream: MediaStream } | null} */
  #open = null;
  /** @type {Promise<void> | null} */
  #asking = null;
  /** @type {Float32Array[]} */
  #pieces = []; // of the last second and a bit
  /** @type {Float32Array[] | null} */
  #recording = null;

  get on() {
    return this.#open !== null;
  }

  /** Goes on. Rejects with an Error whose message is for people. */
  start() {
    if (this.on) return Promise.resolve();
    this.#asking ??= this.#start().finally(() => (this.#asking = null));
    return this.#asking;
  }

  async #start() {
    if (!isSecureContext || !navigator.mediaDevices) throw new Error(INSECURE);
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: AS_IT_IS });
    } catch (error) {
      const { name, message } = /** @type {Error} */ (error);
      const words = REASONS[name] ?? `The microphone does not start: ${message}`;
      throw new Error(words, { cause: error });
    }
    const context = new AudioContext();
    try {
      await context.resume();
      await context.audioWorklet.addModule(new URL("./worklet.js", import.meta.url));
    } catch (error) {
      stream.getTracks().forEach((track) => track.stop());
      throw error;
    }
    const listener = new AudioWorkletNode(context, "listener", { channelCount: 1 });
    listener.port.onmessage = ({ data }) => this.#hear(data);
    // to the end, though it is silent: what leads nowhere is not computed
    context.createMediaStreamSource(stream).connect(listener).connect(context.destination);
    stream.getAudioTracks()[0].addEventListener("ended", () => {
      this.stop();
      this.dispatchEvent(new CustomEvent("trouble", { detail: GONE }));
    });
    this.rate = context.sampleRate;
    this.#open = { context, stream };
    this.dispatchEvent(new Event("change"));
  }

  stop() {
    if (!this.#open) return;
    const { context, stream } = this.#open;
    this.#open = this.#recording = null;
    this.#pieces = [];
    stream.getTracks().forEach((track) => track.stop());
    context.close();
    this.dispatchEvent(new Event("change"));
  }

  /** @param {Float32Array} piece */
  #hear(piece) {
    this.#pieces.push(piece);
    this.#recording?.push(piece);
    while ((this.#pieces.length - 1) * piece.length > this.rate * 1.05) this.#pieces.shift();
  }

  /** The last second and a bit, or null before there is one. */
  second() {
    const samples = joined(this.#pieces);
    return this.on && samples.length >= this.rate ? samples : null;
  }

  /** Records from now on. */
  record() {
    this.#recording = [];
  }

  /** Seconds recorded so far. */
  get recorded() {
    return length(this.#recording ?? []) / (this.rate || 1);
  }

  /** Ends the recording; its samples. */
  recording() {
    const pieces = this.#recording ?? [];
    this.#recording = null;
    return joined(pieces);
  }
}

/** @param {Float32Array[]} pieces */
const length = (pieces) => pieces.reduce((sum, piece) => sum + piece.length, 0);

/**
 * Pieces one after the other.
 *
 * @param {Float32Array[]} pieces
 */
export function joined(pieces) {
  const whole = new Float32Array(length(pieces));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
