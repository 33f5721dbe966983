// The microphone, a player, and sound files: all of it comes as samples, 16,000 a second.

import { joined, RATE, resampled } from "./sounds.js";

const REASONS = {
  NotAllowedError:
    "The microphone is blocked for this page. Allow it beside the address, or drop wav files instead.",
  NotFoundError: "No microphone was found. Drop wav files instead, or try the sample sounds.",
  NotReadableError: "The microphone is in use by another program. Close that one and try again.",
  SecurityError: "The browser keeps the microphone from this page.",
};
export const INSECURE =
  "Browsers open the microphone only on https pages and on localhost. Drop or choose wav files instead.";
const GONE = "The microphone is gone: it was unplugged, or the page may no longer use it.";
const AS_IT_IS = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
const MOST_SECONDS = 120; // of a file

/**
 * Dispatches "change" when it goes on or off, and "trouble" (detail: a sentence) when it
 * ends by itself.
 */
export class Microphone extends EventTarget {
  #open = null; // {context, stream}
  #asking = null;
  #pieces = []; // of the last second and a bit
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
      throw new Error(REASONS[error.name] ?? `The microphone does not start: ${error.message}`, {
        cause: error,
      });
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

  #hear(piece) {
    this.#pieces.push(piece);
    this.#recording?.push(piece);
    const { sampleRate } = this.#open?.context ?? { sampleRate: 0 };
    while ((this.#pieces.length - 1) * piece.length > sampleRate * 1.05) this.#pieces.shift();
  }

  /** The last second, or null before there is one. */
  second() {
    if (!this.#open) return null;
    const samples = resampled(joined(this.#pieces), this.#open.context.sampleRate);
    return samples.length < RATE ? null : samples.slice(-RATE);
  }

  /** Records from now on. */
  record() {
    this.#recording = [];
  }

  /** Seconds recorded so far. */
  get recorded() {
    const length = (this.#recording ?? []).reduce((sum, piece) => sum + piece.length, 0);
    return length / (this.#open?.context.sampleRate ?? RATE);
  }

  /** Ends the recording; its samples. */
  recording() {
    const pieces = this.#recording ?? [];
    this.#recording = null;
    return this.#open ? resampled(joined(pieces), this.#open.context.sampleRate) : joined([]);
  }
}

let player = null; // an AudioContext, from the first sound on
let playing = null;

/** Plays samples; what was playing ends. Resolves when it is over. */
export async function play(samples) {
  player ??= new AudioContext();
  playing?.stop();
  const buffer = player.createBuffer(1, samples.length, RATE);
  buffer.copyToChannel(samples, 0);
  const source = new AudioBufferSourceNode(player, { buffer });
  source.connect(player.destination);
  playing = source;
  await player.resume();
  source.start();
  await new Promise((over) => source.addEventListener("ended", over));
}

/** The samples of a sound file, its channels averaged; an Error in words where it is none. */
export async function decoded(bytes, name) {
  let sound;
  try {
    sound = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(bytes);
  } catch (error) {
    throw new Error(`${name} is no sound that this browser can read; try a wav file.`, {
      cause: error,
    });
  }
  const samples = new Float32Array(Math.min(sound.length, MOST_SECONDS * RATE));
  for (let channel = 0; channel < sound.numberOfChannels; channel += 1) {
    const part = sound.getChannelData(channel);
    for (let i = 0; i < samples.length; i += 1) samples[i] += part[i] / sound.numberOfChannels;
  }
  return samples;
}
