// The cart on its canvas, in the page's colours.

import { REACH } from "./game.js";

const WIDE = 5.3; // metres that are shown
const GROUND = 0.3; // metres below the track
const CART = { width: 0.46, height: 0.24 };
const LENGTH = 1; // of the pole

export class Stage {
  #state = [0, 0, 0, 0];
  #lost = false;
  #looks = {};

  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", () => this.#takeLooks());
    new ResizeObserver(() => this.draw()).observe(canvas);
    this.#takeLooks();
  }

  #takeLooks() {
    const style = getComputedStyle(document.documentElement);
    for (const name of ["ink", "soft", "line", "accent", "control", "bad"])
      this.#looks[name] = style.getPropertyValue(`--${name}`).trim();
    this.draw();
  }

  /** @param {boolean} lost whether the game is, in this state */
  show(state, lost = false) {
    this.#state = state;
    this.#lost = lost;
    this.draw();
  }

  draw() {
    const { canvas, context } = this;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight].map((side) =>
      Math.round(side * devicePixelRatio),
    );
    if (!width || !height) return;
    if (canvas.width !== width || canvas.height !== height)
      Object.assign(canvas, { width, height });
    const metre = Math.min(width / WIDE, height / 1.95);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    // metres from here on, upwards from the track's middle
    context.setTransform(metre, 0, 0, -metre, width / 2, height - GROUND * metre);
    this.#track();
    this.#cart();
  }

  #line(points, colour, width) {
    const { context } = this;
    context.beginPath();
    points.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.lineCap = "round";
    context.stroke();
  }

  #track() {
    const { line, control } = this.#looks;
    for (let x = -2; x <= 2; x += 1)
      this.#line(
        [
          [x, -0.06],
          [x, -0.12],
        ],
        line,
        0.02,
      );
    this.#line(
      [
        [-REACH, 0],
        [REACH, 0],
      ],
      control,
      0.03,
    );
    for (const x of [-REACH, REACH])
      this.#line(
        [
          [x, 0],
          [x, 0.16],
        ],
        control,
        0.05,
      );
  }

  #cart() {
    const { context } = this;
    const [x, , angle] = this.#state;
    const { ink, accent, soft, bad } = this.#looks;
    const top = 0.07 + CART.height;
    context.fillStyle = ink;
    context.beginPath();
    context.roundRect(x - CART.width / 2, 0.07, CART.width, CART.height, 0.05);
    context.fill();
    for (const side of [-0.14, 0.14]) {
      context.beginPath();
      context.arc(x + side, 0.07, 0.065, 0, 2 * Math.PI);
      context.fillStyle = soft;
      context.fill();
    }
    const end = [x + LENGTH * Math.sin(angle), top + LENGTH * Math.cos(angle)];
    this.#line([[x, top], end], this.#lost ? bad : accent, 0.085);
    context.beginPath();
    context.arc(x, top, 0.05, 0, 2 * Math.PI);
    context.fillStyle = "#e87e18";
    context.fill();
  }
}
