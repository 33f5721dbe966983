// Fit a curve: what is chosen, the curve in the worker that follows the points, and what
// comes back of it with each frame.

import { LineChart } from "../../shared/charts.js";
import { defaults } from "../../shared/chosen.js";
import { say as tell } from "../../shared/dialogs.js";
import { h, keepFocus, words } from "../../shared/dom.js";
import { acceptDropsElsewhere } from "../../shared/dropzone.js";
import { History } from "../../shared/history.js";
import { openPage, working } from "../../shared/opening.js";
import { described, Settings } from "../../shared/settings.js";
import { Trainer } from "../../shared/trainer.js";
import { find } from "../find.js";
import { Plane } from "./plane.js";
import { Slider } from "./slider.js";
import {
  MOST,
  figure,
  forWorker,
  needsBuild,
  pointsOf,
  pointsText,
  read,
  startsOver,
  terms,
  write,
} from "./state.js";

const PRESETS = { line: "Line", cubic: "Cubic", sine: "Sine", wave: "Wave", step: "Step" };
const OWN = "own"; // the choice of one's own points
const OFTEN = 80; // milliseconds between two drawings of figures, formula and curves
const LATE = 250; // milliseconds until the address says what was chosen
const DIVERGED =
  "The loss has left all bounds: choose a smaller learning rate. The curve has started over.";

const { options } = await described("curve");
const { worker } = openPage(({ event }) => {
  if (event === "restored") build(true);
});
const asked = read(location.hash, options);
let { settings } = asked;
let mine = settings.points || "none"; // one's own points, while others are shown
let curve = new History(1);
let frame = null; // the newest
let figured = 0; // when figures were drawn last
let diverged = false;
let late = 0;

const option = (name) => options.find((each) => each.name === name);
const trainer = new Trainer(worker, "curve");
const plane = new Plane("keys");
const noise = new Slider({ ...option("noise"), high: 0.5 }, 0.05);
const degree = new Slider(option("degree"), 1);
const losses = new LineChart({
  name: "Loss",
  note: "lower is better",
  lines: ["trained"],
  words: ["the points"],
  unit: "step",
});
const form = (...names) => new Settings(names.map(option));
const [count, kind, neurons] = [form("count"), form("model"), form("neurons")];
const learning = form("optimizer", "learning_rate", "steps");
const forms = [count, kind, neurons, learning];
const presets = new Map();

find("plane").replaceWith(plane.element);
find("noise").replaceWith(noise.element);
find("count").replaceWith(count.element);
find("losses").replaceWith(losses.element);
find("presets").replaceWith(choices());
find("forms").append(kind.element, degree.element, neurons.element, learning.element);

// what the visitor does

plane.addEventListener("points", ({ detail }) => {
  mine = pointsText(detail);
  change({ points: mine });
});
plane.addEventListener("full", () => tell(`There is room for ${MOST} points.`, "bad"));
for (const each of [...forms, noise, degree])
  each.addEventListener("change", ({ detail: { name, value } }) => change({ [name]: value }));
find("speed").addEventListener("change", ({ target }) => change({ speed: target.value }));
find("play").addEventListener("click", () => (trainer.playing ? trainer.pause() : play()));
find("step").addEventListener("click", async () => {
  if (trainer.playing || !hasPoints()) return;
  await trainer.step(1).then(drawFigures, trouble);
  if (diverged) startedOver();
});
find("reset").addEventListener("click", () => build(true));
find("draw").addEventListener("click", () =>
  change({ points: "", seed: (settings.seed + 1) % 1_000_000 }),
);
find("clear").addEventListener("click", () => {
  mine = "none";
  change({ points: mine });
});
find("share").addEventListener("click", share);
addEventListener("hashchange", () => {
  const next = read(location.hash, options);
  complain(next.ignored);
  change(next.settings);
});
acceptDropsElsewhere(() => tell("This page takes no files: put points on the plane.", "bad"));

// what comes back

trainer.addEventListener("built", ({ detail: { built, anew } }) => {
  if (anew) curve = new History(1);
  const flat = Array.from(built.points);
  plane.take(flat.flatMap((x, i) => (i % 2 ? [] : [[x, flat[i + 1]]])));
});
trainer.addEventListener("frame", ({ detail }) => {
  frame = detail;
  if (frame.diverged) {
    diverged = true;
    curve = new History(1);
  }
  plane.draw(frame.curve);
  curve.add(frame.steps, [frame.train_loss]);
  if (performance.now() - figured > OFTEN || !trainer.playing) drawFigures();
});
trainer.addEventListener("change", () => {
  const button = find("play");
  button.lastElementChild.textContent = trainer.playing ? "Pause" : "Fit";
  button.querySelector("use").setAttribute("href", trainer.playing ? "#i-pause" : "#i-play");
  find("step").setAttribute("aria-disabled", String(trainer.playing));
  drawFigures();
});

show();
complain(asked.ignored);
build(true);

/** Fits until it is paused, by the visitor or after its steps; then says how well. */
async function play() {
  if (!hasPoints()) return;
  try {
    const outcome = await working(async () => {
      await trainer.play(() => settings.speed, settings.steps);
      if (diverged) await startedOver();
      return worker.call("curve.summary");
    });
    if (Number.isFinite(outcome.loss) && outcome.steps)
      tell(`Loss ${figure(outcome.loss)} after ${outcome.steps} steps.`, "good");
  } catch (error) {
    trouble(error);
  }
}

/** A curve whose loss left all bounds begins anew, and why is said. */
async function startedOver() {
  diverged = false;
  await build(true);
  tell(DIVERGED, "bad");
}

function hasPoints() {
  if (settings.points !== "none") return true;
  tell("There are no points yet: click on the plane, or choose some.", "bad");
  return false;
}

function build(anew) {
  return trainer.build(forWorker(settings, options), anew).catch(trouble);
}

/** Takes other settings; the address says so, and what needs it is made anew. */
function change(some) {
  const before = settings;
  settings = { ...settings, ...some };
  if (settings.points) mine = settings.points;
  clearTimeout(late);
  late = setTimeout(writeAddress, LATE);
  show();
  if (needsBuild(before, settings, options)) build(startsOver(before, settings));
}

function writeAddress() {
  clearTimeout(late);
  const address = write(settings, options) || location.pathname + location.search;
  history.replaceState(null, "", address);
}

/** Shows what is chosen. */
function show() {
  const own = settings.points !== "";
  for (const [name, input] of presets) input.checked = own ? name === OWN : name === settings.data;
  for (const each of forms) each.show(settings);
  noise.show(settings.noise);
  degree.show(settings.degree);
  noise.disabled = own;
  const polynomial = settings.model === "polynomial";
  keepFocus(() => {
    degree.element.hidden = !polynomial;
    neurons.element.hidden = polynomial;
  });
  find("speed").value = settings.speed;
}

/** The choice of points: some that are drawn, or one's own. */
function choices() {
  const labels = Object.entries({ ...PRESETS, [OWN]: "Yours" }).map(([name, title]) => {
    const input = h("input", { type: "radio", name: "data", value: name });
    input.addEventListener("change", () =>
      change(name === OWN ? { points: mine } : { data: name, points: "" }),
    );
    presets.set(name, input);
    return h("label", { class: "preset" }, input, h("span", { text: title }));
  });
  const legend = h("legend", { class: "unseen", text: "Which points" });
  return h("fieldset", { class: "presets" }, legend, ...labels);
}

function drawFigures() {
  figured = performance.now();
  if (!frame) return;
  const { steps, train_loss, r2, coefficients } = frame;
  find("steps").textContent = steps.toLocaleString("en");
  find("loss").textContent = Number.isFinite(train_loss) ? figure(train_loss) : "–";
  find("r2").textContent = Number.isFinite(r2) ? r2.toFixed(3).replace("-", "−") : "–";
  find("formula").replaceChildren(...formula(coefficients));
  plane.say(Number.isFinite(train_loss) ? `The curve's loss is ${figure(train_loss)}.` : "");
  losses.draw(curve.lines, curve.epochs, curve.every);
}

function formula(coefficients) {
  if (!coefficients) {
    const n = settings.neurons;
    const weights = 2 * n + n * n + n + n + 1;
    return [`y = a network of ${weights} weights: 1 → ${n} tanh → ${n} tanh → 1`];
  }
  const parts = terms(coefficients).map(({ sign, number, power }) => {
    const first = power === 0;
    const head = first ? `${sign === "+" ? "" : sign}${number}` : `${sign} ${number} x`;
    return h("span", { text: head }, power > 1 ? h("sup", { text: String(power) }) : null);
  });
  return [h("span", { text: "y = " }), ...parts];
}

async function share() {
  writeAddress();
  try {
    await navigator.clipboard.writeText(location.href);
    tell("Copied. Whoever opens the link sees the same points and curve.", "good");
  } catch {
    tell("This browser lets the page copy nothing: copy its address instead.", "bad");
  }
}

function complain(parts) {
  if (parts.length) tell(`The link asks for what is not there: ${parts.join(", ")}.`, "bad");
}

function trouble(error) {
  const lost = "The graphics device was lost. It is back in a moment, and the curve begins anew.";
  if (error.name !== "WorkerFailed") tell(error.name === "DeviceLost" ? lost : words(error), "bad");
}
