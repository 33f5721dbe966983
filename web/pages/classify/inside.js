// What an inner layer makes of the picture: its channels as small grey pictures.
// Dispatches "change" when another layer is chosen.

import { h } from "../../shared/dom.js";

/** @typedef {{ name: string, height: number, width: number, channels: number }} Layer */
/** @typedef {{ pixels: Uint8Array, shown: number, height: number, width: number, channels: number }} Tiles */

const WIDE = { across: 12, down: 3 };
const NARROW = { across: 6, down: 6 };
const GAP = 1;
const LEAST = 48; // pixels of a small picture on the sheet, at least

export class Inside extends EventTarget {
  #slider = h("input", { type: "range", min: "0", max: "0", value: "0", disabled: true });
  #name = h("output", { class: "layer-name", text: "–" });
  #about = h("p", {
    class: "hint",
    text: "Each small picture is a channel: what one detector finds, and where. Show it a picture first.",
  });
  #sheet = h("canvas", { class: "sheet", role: "img", "aria-label": "No picture yet" });
  #narrow = matchMedia("(max-width: 640px)");
  /** @type {Layer[]} */
  #layers = [];
  /** @type {Tiles | null} */
  #tiles = null;

  constructor() {
    super();
    const label = h("label", { class: "layer" }, h("span", { text: "Layer" }), this.#slider);
    this.element = h("div", { class: "layers" }, label, this.#name, this.#about, this.#sheet);
    this.#slider.addEventListener("input", () => {
      this.#say();
      this.dispatchEvent(new Event("change"));
    });
    this.#narrow.addEventListener("change", () => this.#draw());
    this.#draw();
  }

  /** The layer that is chosen, or null. */
  get layer() {
    return this.#layers[Number(this.#slider.value)] ?? null;
  }

  /** @param {Layer[]} layers of another network */
  set layers(layers) {
    this.#layers = layers;
    this.#slider.max = String(layers.length - 1);
    this.#slider.value = String(Math.floor(layers.length / 8));
    this.#slider.disabled = false;
    this.#say();
    this.clear();
  }

  clear() {
    this.#tiles = null;
    this.#sheet.setAttribute("aria-label", "No picture yet");
    this.#draw();
  }

  /** @param {Tiles} tiles */
  show(tiles) {
    this.#tiles = tiles;
    const { shown, channels, height, width } = tiles;
    const some =
      shown < channels
        ? `the ${shown} of ${channels} channels that vary most`
        : `all ${channels} channels`;
    this.#about.textContent = `${some[0].toUpperCase()}${some.slice(1)}, ${width} × ${height} pixels each: white is where a channel finds most.`;
    this.#sheet.setAttribute("aria-label", `What layer ${this.layer?.name} sees: ${some}`);
    this.#draw();
  }

  #say() {
    const { layer } = this;
    if (!layer) return;
    const place = `${Number(this.#slider.value) + 1} of ${this.#layers.length}`;
    this.#name.textContent = `${layer.name} (${place})`;
    this.#slider.setAttribute("aria-valuetext", `${layer.name}, ${place}`);
  }

  #draw() {
    const { across, down } = this.#narrow.matches ? NARROW : WIDE;
    const { pixels, shown, height, width } = this.#tiles ?? {
      pixels: new Uint8Array(),
      shown: 0,
      height: 1,
      width: 1,
    };
    const scale = Math.max(1, Math.ceil(LEAST / width));
    const [w, h] = [scale * width + GAP, scale * height + GAP];
    Object.assign(this.#sheet, { width: across * w, height: down * h });
    const pen = /** @type {CanvasRenderingContext2D} */ (this.#sheet.getContext("2d"));
    pen.imageSmoothingEnabled = false;
    const tile = new OffscreenCanvas(width, height);
    const ink = /** @type {OffscreenCanvasRenderingContext2D} */ (tile.getContext("2d"));
    for (let i = 0; i < shown; i += 1) {
      const image = new ImageData(width, height);
      for (let p = 0; p < width * height; p += 1) {
        image.data.fill(pixels[i * width * height + p], 4 * p, 4 * p + 3);
        image.data[4 * p + 3] = 255;
      }
      ink.putImageData(image, 0, 0);
      pen.drawImage(tile, (i % across) * w, Math.floor(i / across) * h, w - GAP, h - GAP);
    }
  }
}
