// Step 3: what it hears, live from the microphone or in a file while it plays.

import { Bars } from "../../shared/bars.js";
import { say } from "../../shared/dialogs.js";
import { h, percent, words } from "../../shared/dom.js";
import { find } from "../find.js";
import { picture } from "./picture.js";
import { play } from "./player.js";
import { RATE, resampled } from "./sounds.js";

const MOST_HEARD = 6; // sounds in the list

/** `hear(samples)` resolves to what the worker says of a second. */
export class Listen {
  #listening = false;
  #turn = 0; // of files: a later one ends the earlier
  #last = null; // the class that was heard last

  constructor(microphone, hear) {
    Object.assign(this, { microphone, hear });
    this.overlap = find("overlap");
    this.threshold = find("threshold");
    this.bars = new Bars("How sure it is");
    this.picture = picture(null, "The last second: time to the right, high pitches at the top");
    find("bars").replaceWith(this.bars.element);
    find("hearing").replaceWith(this.picture.element);
    for (const input of [this.overlap, this.threshold]) {
      input.addEventListener("input", () => this.#values());
    }
    this.#values();
    microphone.addEventListener("change", () => microphone.on && this.#live());
  }

  /** The classes there are to be heard, [{key, name, hue}]; `silence` is one's name. */
  list(rows, silence) {
    Object.assign(this, { rows, silence });
    this.bars.list(rows);
    this.bars.show(new Map());
    this.#last = null;
  }

  #values() {
    find("overlap-value").textContent = percent(Number(this.overlap.value));
    find("threshold-value").textContent = percent(Number(this.threshold.value));
  }

  async #live() {
    if (this.#listening) return;
    this.#listening = true;
    try {
      while (this.microphone.on) {
        const began = performance.now();
        const heard = this.microphone.second();
        const second = heard && resampled(heard, this.microphone.rate).slice(-RATE);
        if (second && !document.hidden) await this.#hear(second).catch(waitForDevice);
        const pause = 1000 * (1 - Number(this.overlap.value)) - (performance.now() - began);
        await new Promise((go) => setTimeout(go, Math.max(20, pause)));
      }
    } catch (error) {
      say(words(error), "bad");
    } finally {
      this.#listening = false;
    }
  }

  /** Plays a sound (samples), and says what it hears as it goes. */
  async file(samples) {
    this.#turn += 1;
    const mine = this.#turn;
    const began = performance.now();
    const over = play(samples);
    let at = 0;
    do {
      const second = new Float32Array(RATE);
      second.set(samples.subarray(at, at + RATE));
      const said = await this.#hear(second);
      if (mine !== this.#turn) return said;
      await new Promise((go) => setTimeout(go, 100));
      at = Math.round(((performance.now() - began) / 1000) * RATE);
    } while (at + RATE <= samples.length);
    return over;
  }

  async #hear(second) {
    const said = await this.hear(second);
    this.picture.show(said.pixels);
    if (said.shares) this.#show(said);
    return said;
  }

  #show({ shares, names }) {
    const likeliest = shares.indexOf(Math.max(...shares));
    const sure = shares[likeliest] >= Number(this.threshold.value);
    const rows = names.map((name) => this.rows?.find((row) => row.name === name));
    const entries = rows.flatMap((row, i) => (row ? [[row.key, shares[i]]] : []));
    this.bars.show(new Map(entries), rows[likeliest]?.key ?? null);
    const said = find("said");
    said.textContent = sure ? names[likeliest] : "…";
    said.style.setProperty("--hue", String(rows[likeliest]?.hue ?? 245));
    if (sure && likeliest !== this.#last) {
      this.#last = likeliest;
      if (names[likeliest] !== this.silence) this.#remember(names[likeliest], rows[likeliest]?.hue);
    }
  }

  /** Beside the others that it heard lately. */
  #remember(name, hue = 245) {
    const item = h("li", { text: name });
    item.style.setProperty("--hue", String(hue));
    const list = find("heard");
    list.prepend(item);
    while (list.children.length > MOST_HEARD) list.lastElementChild.remove();
  }
}

/** While a lost device is reopened the microphone stays on. */
async function waitForDevice(error) {
  if (error.name !== "DeviceLost") throw error;
  await new Promise((go) => setTimeout(go, 500));
}
