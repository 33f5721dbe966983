// The plane with points and curve, from -1 to 1 both ways. A click adds a point or takes
// one away, a drag moves it; so do arrows and Enter. Dispatches "points" with all of them,
// and "full" where there is no room for another.

import { aloud } from "../../shared/dialogs.js";
import { h, svg } from "../../shared/dom.js";
import { MOST, nearest } from "./state.js";

const EDGE = 1.12; // of what is shown
const NEAR = 13; // pixels around a point that count as it
const STILL = 4; // pixels that a hand may shake in a click
const STEP = 0.05; // of the cross
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

const within = (value) => Math.min(1, Math.max(-1, value));
const fine = (value) => Math.round(1000 * within(value)) / 1000;

export class Plane extends EventTarget {
  #points = [];
  #curve = new Float32Array();
  #size = [0, 0]; // in pixels
  #cross = [0, 0];
  #dragged = null; // {number, start, moved}
  #grid = svg("g");
  #line = svg("polyline", { class: "curve" });
  #dots = svg("g");
  #mark = svg("path", { class: "cross" });
  #image = svg("svg", { "aria-hidden": "true" }, this.#grid, this.#line, this.#dots, this.#mark);
  element = h("div", { class: "paper", role: "application", tabindex: "0" }, this.#image);

  constructor(describedBy) {
    super();
    const { element } = this;
    element.setAttribute("aria-describedby", describedBy);
    element.addEventListener("pointerdown", (event) => this.#press(event));
    element.addEventListener("pointermove", (event) => this.#drag(event));
    element.addEventListener("pointerup", () => this.#release());
    element.addEventListener("pointercancel", () => (this.#dragged = null));
    element.addEventListener("keydown", (event) => this.#key(event));
    new ResizeObserver(() => this.#fit()).observe(element);
    this.say("");
  }

  /** The points [[x, y], ...]; while one is dragged they are its own. */
  take(points) {
    if (this.#dragged) return;
    this.#points = points;
    this.#drawPoints();
  }

  /** The curve's y, from the left to the right. */
  draw(curve) {
    this.#curve = curve;
    const last = curve.length - 1;
    const place = (y, i) => this.#place([(2 * i) / last - 1, Math.min(4, Math.max(-4, y))]);
    const points = Array.from(curve, (y, i) =>
      place(y, i)
        .map((v) => v.toFixed(1))
        .join(","),
    );
    this.#line.setAttribute("points", points.join(" "));
  }

  /** What it shows, for who cannot see it. */
  say(words) {
    const count = this.#points.length;
    this.element.setAttribute("aria-label", `The plane, with ${count} points. ${words}`.trim());
  }

  #fit() {
    this.#size = [this.element.clientWidth, this.element.clientHeight];
    this.#image.setAttribute("viewBox", `0 0 ${this.#size.join(" ")}`);
    this.#drawGrid();
    this.#drawPoints();
    this.draw(this.#curve);
  }

  #place([x, y]) {
    const [width, height] = this.#size;
    return [((x / EDGE + 1) * width) / 2, ((1 - y / EDGE) * height) / 2];
  }

  #drawGrid() {
    const [width, height] = this.#size;
    const lines = [-1, -0.5, 0, 0.5, 1].flatMap((value) => {
      const look = value ? "grid" : "grid zero";
      const [x, y] = this.#place([value, value]);
      const words = String(value).replace("-", "−");
      return [
        svg("line", { class: look, x1: x, x2: x, y1: 0, y2: height }),
        svg("line", { class: look, x1: 0, x2: width, y1: y, y2: y }),
        svg("text", { x: x + 4, y: height - 5 }, words),
        svg("text", { x: 4, y: y - 4 }, words),
      ];
    });
    this.#grid.replaceChildren(...lines);
  }

  #drawPoints() {
    const dots = this.#points.map((point) => {
      const [cx, cy] = this.#place(point);
      return svg("circle", { cx, cy, r: 5.5 });
    });
    this.#dots.replaceChildren(...dots);
    const [x, y] = this.#place(this.#cross);
    this.#mark.setAttribute("d", `M${x - 12} ${y}h24M${x} ${y - 12}v24`);
  }

  #change(points) {
    this.#points = points;
    this.#drawPoints();
    this.dispatchEvent(new CustomEvent("points", { detail: points }));
  }

  #add(point) {
    if (this.#points.length >= MOST) this.dispatchEvent(new Event("full"));
    else this.#change([...this.#points, point]);
  }

  #remove(number) {
    this.#change(this.#points.filter((_, i) => i !== number));
  }

  #where({ clientX, clientY }) {
    const box = this.#image.getBoundingClientRect();
    const [x, y] = [(clientX - box.left) / box.width, (clientY - box.top) / box.height];
    return [fine(EDGE * (2 * x - 1)), fine(EDGE * (1 - 2 * y))];
  }

  /** The point under a hand: pixels are not as wide as they are high. */
  #under({ clientX, clientY }) {
    const box = this.#image.getBoundingClientRect();
    const places = this.#points.map((point) => this.#place(point));
    return nearest(places, [clientX - box.left, clientY - box.top], NEAR);
  }

  #press(event) {
    if (event.button !== 0 || !event.isPrimary) return;
    const number = this.#under(event);
    const start = [event.clientX, event.clientY];
    if (number < 0) {
      const before = this.#points.length;
      this.#add(this.#where(event));
      if (this.#points.length === before) return;
    }
    const fresh = number < 0;
    this.#dragged = { number: fresh ? this.#points.length - 1 : number, start, moved: fresh };
    try {
      this.element.setPointerCapture(event.pointerId);
    } catch {
      // the hand has left already
    }
  }

  #drag(event) {
    const dragged = this.#dragged;
    if (!dragged) return;
    const far = Math.hypot(event.clientX - dragged.start[0], event.clientY - dragged.start[1]);
    if (far < STILL) return;
    dragged.moved = true;
    const place = this.#where(event);
    this.#change(this.#points.map((point, i) => (i === dragged.number ? place : point)));
  }

  #release() {
    const dragged = this.#dragged;
    this.#dragged = null;
    if (dragged && !dragged.moved) this.#remove(dragged.number);
  }

  #key(event) {
    const way = KEYS[event.key];
    if (way) {
      const step = event.shiftKey ? STEP / 5 : STEP;
      this.#cross = this.#cross.map((value, i) => fine(value + way[i] * step));
      this.#drawPoints();
      aloud(this.#cross.map((value) => value.toFixed(2)).join(", "));
    } else if (["Enter", " ", "Delete", "Backspace"].includes(event.key)) {
      const places = this.#points.map((point) => this.#place(point));
      const number = nearest(places, this.#place(this.#cross), NEAR);
      if (number >= 0) this.#remove(number);
      else if (event.key === "Enter" || event.key === " ") this.#add([...this.#cross]);
      aloud(`${this.#points.length} points`);
    } else return;
    event.preventDefault();
  }
}
