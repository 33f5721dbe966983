// A small line plot as SVG: one line for the pictures trained on, one for those kept
// aside, over the epochs.

import { svg } from "./dom.js";

const W = 250;
const H = 165;
const EDGE = { left: 34, right: 8, top: 8, bottom: 22 };

/** Round numbers from 0 to at least `most`, three to five steps: [0, 0.5, 1, 1.5]. */
export function ticks(most) {
  const rough = Math.max(most, 1e-6) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * power).find((s) => s >= rough * 0.999);
  const count = Math.ceil(most / step - 1e-9) || 1;
  return Array.from({ length: count + 1 }, (_, i) => Number((i * step).toPrecision(6)));
}

/**
 * Draws into `root`. `lines`: {trained: [...], held: [...]} one number an epoch (held
 * may be empty), `epochs`: the width of the plot, `most`: the largest value of the
 * vertical axis, or null to take it from the lines; `name` for screen readers.
 */
export function plot(root, name, lines, epochs, most = null) {
  const top = ticks(most ?? Math.max(0.1, ...lines.trained, ...lines.held)).at(-1);
  const x = (i) => EDGE.left + ((W - EDGE.left - EDGE.right) * i) / Math.max(1, epochs - 1);
  const y = (value) =>
    H - EDGE.bottom - ((H - EDGE.top - EDGE.bottom) * Math.min(value, top)) / top;
  const image = svg("svg", {
    viewBox: `0 0 ${W} ${H}`,
    role: "img",
    "aria-label": describe(name, lines),
    class: "plot",
  });
  for (const value of ticks(most ?? top)) {
    image.append(
      svg("line", { class: "grid", x1: EDGE.left, x2: W - EDGE.right, y1: y(value), y2: y(value) }),
    );
    image.append(
      svg(
        "text",
        { x: EDGE.left - 6, y: y(value) + 3.5, class: "axis end" },
        most === 1 ? `${Math.round(value * 100)}%` : String(value),
      ),
    );
  }
  for (const [i, anchor] of [
    [0, "start"],
    [Math.max(1, epochs - 1), "end"],
  ]) {
    image.append(
      svg(
        "text",
        { x: x(i), y: H - 6, class: `axis ${anchor}` },
        i === 0 ? "epoch 1" : String(epochs),
      ),
    );
  }
  for (const kind of ["held", "trained"]) {
    const values = lines[kind];
    if (!values.length) continue;
    const points = values.map((value, i) => `${x(i).toFixed(1)},${y(value).toFixed(1)}`);
    image.append(svg("polyline", { class: `line ${kind}`, points: points.join(" ") }));
    const [cx, cy] = points.at(-1).split(",");
    image.append(svg("circle", { class: `end-dot ${kind}`, cx, cy, r: 3.2 }));
  }
  root.replaceChildren(image);
}

function describe(name, { trained, held }) {
  if (!trained.length) return `${name}: nothing yet`;
  const short = (value) => value.toFixed(2);
  const aside = held.length ? `, ${short(held.at(-1))} on pictures kept aside` : "";
  return `${name}: ${short(trained[0])} after the first epoch, ${short(trained.at(-1))} after epoch ${trained.length}${aside}`;
}
