// The player, and sound files: all of it comes as samples, 16,000 a second.

import { RATE } from "./sounds.js";

const MOST_SECONDS = 120; // of a file

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
