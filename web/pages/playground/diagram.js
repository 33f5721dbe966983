// The network as it is built: a button per feature and neuron, each with its map, and
// lines for the weights. Says by events "features" (which are chosen), "layers" (their
// sizes) and "look" (the neuron that is pointed at or chosen, or null).

import { counted, h, icon, keepFocus } from "../../shared/dom.js";
import { FEATURES, MOST_LAYERS, MOST_NEURONS } from "./state.js";
import { colours, Field } from "./surface.js";

const WIDEST = 7; // pixels of a line

export class Diagram extends EventTarget {
  #features = new Map(); // name: {button, field}
  #columns = []; // of hidden layers: {element, count, more, fewer, neurons: [{button, field}]}
  #chosen = []; // names of features
  #pinned = null; // "layer.neuron" that stays shown
  #maps = null; // of features
  #layers = null; // weights and biases that were drawn last
  #canvas = h("canvas", { class: "links", "aria-hidden": "true" });
  #row = h("div", { class: "layers" });
  #output = h("span", { class: "node out", "aria-hidden": "true" });
  #count = h("strong");
  #more = this.#control("plus", "Add a layer", () => this.#resize([...this.#sizes, 4]));
  #fewer = this.#control("minus", "Remove the last layer", () =>
    this.#resize(this.#sizes.slice(0, -1)),
  );

  constructor(mapSide) {
    super();
    this.mapSide = mapSide;
    const head = h("p", { class: "row counter" }, this.#fewer, this.#count, this.#more);
    const inputs = h("div", { class: "column", role: "group", "aria-label": "Features" });
    inputs.append(h("p", { class: "column-head" }, h("span", { text: "Features" })));
    for (const name of Object.keys(FEATURES)) inputs.append(this.#feature(name));
    const out = h("div", { class: "column end" }, this.#output);
    this.#row.append(this.#canvas, inputs, out);
    this.element = h("div", { class: "diagram" }, head, h("div", { class: "scroll" }, this.#row));
    new ResizeObserver(() => this.#draw()).observe(this.#row);
  }

  #control(sign, label, click) {
    const button = h("button", {
      type: "button",
      class: "square small",
      "aria-label": label,
      title: label,
    });
    button.append(icon(sign));
    button.addEventListener(
      "click",
      () => button.getAttribute("aria-disabled") === "true" || click(),
    );
    return button;
  }

  #feature(name) {
    const field = new Field(this.mapSide, "map");
    const button = h(
      "button",
      { type: "button", class: "node", "aria-label": FEATURES[name] },
      field.element,
    );
    button.addEventListener("click", () => {
      const others = this.#chosen.filter((each) => each !== name);
      const chosen = others.length < this.#chosen.length ? others : [...others, name];
      if (chosen.length)
        this.#say(
          "features",
          Object.keys(FEATURES).filter((each) => chosen.includes(each)),
        );
    });
    this.#features.set(name, { button, field });
    return h(
      "div",
      { class: "feature" },
      h("span", { text: FEATURES[name], "aria-hidden": "true" }),
      button,
    );
  }

  #say(event, detail) {
    this.dispatchEvent(new CustomEvent(event, { detail }));
  }

  get #sizes() {
    return this.#columns.map(({ neurons }) => neurons.length);
  }

  #resize(sizes) {
    this.#say("layers", sizes);
  }

  /** Shows these features as chosen, and layers of these sizes. */
  show(features, sizes) {
    this.#chosen = features;
    for (const [name, { button }] of this.#features)
      button.setAttribute("aria-pressed", String(features.includes(name)));
    keepFocus(
      () => {
        while (this.#columns.length > sizes.length) this.#columns.pop().element.remove();
        sizes.forEach((size, i) => this.#fill((this.#columns[i] ??= this.#column(i)), size, i));
      },
      () => this.#more,
    );
    this.#layers = null;
    if (this.#pinned && !this.#neuron(this.#pinned)) this.#pin(null);
    this.#count.textContent = sizes.length
      ? counted(sizes.length, "hidden layer")
      : "no hidden layer";
    this.#more.setAttribute("aria-disabled", String(sizes.length >= MOST_LAYERS));
    this.#fewer.setAttribute("aria-disabled", String(sizes.length === 0));
    this.#draw();
  }

  #column(i) {
    const change = (by) => () =>
      this.#resize(this.#sizes.map((size, k) => (k === i ? size + by : size)));
    const fewer = this.#control("minus", `Remove a neuron from layer ${i + 1}`, change(-1));
    const more = this.#control("plus", `Add a neuron to layer ${i + 1}`, change(1));
    const count = h("span");
    const head = h("p", { class: "column-head" }, fewer, count, more);
    const element = h(
      "div",
      { class: "column", role: "group", "aria-label": `Layer ${i + 1}` },
      head,
    );
    this.#row.lastElementChild.before(element);
    return { element, count, fewer, more, neurons: [] };
  }

  #fill({ element, count, fewer, more, neurons }, size, layer) {
    while (neurons.length > size) neurons.pop().button.remove();
    while (neurons.length < size) {
      const neuron = this.#newNeuron(layer, neurons.length);
      neurons.push(neuron);
      element.append(neuron.button);
    }
    count.textContent = String(size);
    fewer.setAttribute("aria-disabled", String(size === 1));
    more.setAttribute("aria-disabled", String(size === MOST_NEURONS));
  }

  #newNeuron(layer, n) {
    const field = new Field(this.mapSide, "map");
    const label = `Layer ${layer + 1}, neuron ${n + 1}`;
    const button = h(
      "button",
      { type: "button", class: "node", "aria-label": label, "aria-pressed": "false" },
      field.element,
    );
    const place = `${layer}.${n}`;
    const look = () => this.#say("look", { layer, neuron: n });
    const back = () => this.#say("look", this.#pinnedPlace);
    button.addEventListener("pointerenter", look);
    button.addEventListener("focus", look);
    button.addEventListener("pointerleave", back);
    button.addEventListener("blur", back);
    button.addEventListener("click", () => this.#pin(this.#pinned === place ? null : place));
    return { button, field };
  }

  get #pinnedPlace() {
    if (!this.#pinned) return null;
    const [layer, neuron] = this.#pinned.split(".").map(Number);
    return { layer, neuron };
  }

  #neuron(place) {
    const [layer, neuron] = place.split(".").map(Number);
    return this.#columns[layer]?.neurons[neuron];
  }

  /** A neuron stays shown until it is chosen again. */
  #pin(place) {
    if (this.#pinned) this.#neuron(this.#pinned)?.button.setAttribute("aria-pressed", "false");
    this.#pinned = place;
    if (place) this.#neuron(place).button.setAttribute("aria-pressed", "true");
    this.#say("look", this.#pinnedPlace);
  }

  /** Draws what each feature is over the plane, {name: values}; or draws them again. */
  drawFeatures(maps = this.#maps) {
    this.#maps = maps;
    if (maps) for (const [name, { field }] of this.#features) field.draw(maps[name]);
  }

  /** Draws the maps and weights of a frame, as `cut` in seen.js has them. */
  draw(layers, discrete) {
    this.#layers = layers;
    this.#columns.forEach(({ neurons }, i) =>
      neurons.forEach(
        ({ field }, n) => layers[i].maps[n] && field.draw(layers[i].maps[n], discrete),
      ),
    );
    this.#draw();
  }

  /** The lines: as wide as a weight is large, in the colour of its sign. */
  #draw() {
    const canvas = this.#canvas;
    const box = this.#row.getBoundingClientRect();
    if (!box.width) return;
    const ratio = devicePixelRatio;
    const [width, height] = [Math.round(box.width * ratio), Math.round(box.height * ratio)];
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, box.width, box.height);
    const { low, high } = colours();
    const ends = [
      this.#chosen.map((name) => this.#features.get(name).button),
      ...this.#columns.map(({ neurons }) => neurons.map(({ button }) => button)),
      [this.#output],
    ].map((column) => column.map((node) => middle(node.getBoundingClientRect(), box)));
    ends.slice(1).forEach((right, i) => {
      const weights = this.#layers?.[i]?.weights;
      ends[i].forEach((from, a) =>
        right.forEach((to, b) =>
          line(context, from, to, weights?.[a * right.length + b] ?? 0, low, high),
        ),
      );
    });
  }
}

const middle = ({ left, right, top, bottom }, box) => ({
  left: left - box.left,
  right: right - box.left,
  y: (top + bottom) / 2 - box.top,
});

function line(context, from, to, weight, low, high) {
  const size = Math.min(1, Math.abs(weight) / 2);
  context.strokeStyle = weight < 0 ? low : high;
  context.globalAlpha = 0.25 + 0.75 * size;
  context.lineWidth = Math.max(0.6, size * WIDEST);
  const half = (from.right + to.left) / 2;
  context.beginPath();
  context.moveTo(from.right, from.y);
  context.bezierCurveTo(half, from.y, half, to.y, to.left, to.y);
  context.stroke();
}
