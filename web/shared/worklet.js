// In the thread of the sound: hands on what the microphone hears, in pieces.
// @ts-nocheck: that thread's own globals, which TypeScript does not know

const PIECE = 1024; // samples

class Listener extends AudioWorkletProcessor {
  #piece = new Float32Array(PIECE);
  #filled = 0;

  process([channels]) {
    const samples = channels[0];
    if (!samples) return true; // nothing is connected
    this.#piece.set(samples, this.#filled);
    this.#filled += samples.length;
    if (this.#filled === PIECE) {
      this.port.postMessage(this.#piece);
      this.#filled = 0;
    }
    return true;
  }
}

registerProcessor("listener", Listener);
