// The Playground: what is chosen, the network in the worker that learns, and what comes
// back from it with each frame.

import { LineChart } from "../../shared/charts.js";
import { say as tell } from "../../shared/dialogs.js";
import { percent, words } from "../../shared/dom.js";
import { acceptDropsElsewhere } from "../../shared/dropzone.js";
import { History } from "../../shared/history.js";
import { openPage, working } from "../../shared/opening.js";
import { described, Settings } from "../../shared/settings.js";
import { Trainer } from "../../shared/trainer.js";
import { find } from "../find.js";
import { Diagram } from "./diagram.js";
import { Kinds } from "./kinds.js";
import { cut } from "./seen.js";
import { featuresOf, forWorker, layersOf, layersText, needsBuild, read, write } from "./state.js";
import { Plane } from "./surface.js";

const DATA = ["noise", "train_share", "batch"]; // settings of the points' card
const NETWORK = [
  "activation",
  "optimizer",
  "learning_rate",
  "regularization",
  "regularization_rate",
  "epochs",
];
const MAP_SIDE = 20; // cells of a neuron's map
const OFTEN = 100; // milliseconds between two drawings of figures and curves
const DIVERGED =
  "The loss is no longer a number: its steps are too long. Choose a smaller learning rate, then begin anew.";

const { options } = await described("playground");
const { worker, status } = openPage(({ event }) => {
  if (event === "restored") build(true);
});
const asked = read(location.hash, options);
let { settings } = asked;
let curve = new History(2);
let frame = null; // the newest
let parts = null; // and what it is made of
let looking = null; // {layer, neuron} that is shown large
let figured = 0; // when figures were drawn last

const trainer = new Trainer(worker, "playground");
const kinds = new Kinds();
const diagram = new Diagram(MAP_SIDE);
const plane = new Plane(find("surface"), 60, MAP_SIDE);
const losses = new LineChart({
  name: "Loss",
  note: "lower is better",
  lines: ["trained", "held"],
  words: ["points it learns from", "points that test it"],
});
const forms = [DATA, NETWORK].map(
  (names) => new Settings(names.map((name) => options.find((option) => option.name === name))),
);
find("kinds").replaceWith(kinds.element);
find("diagram").replaceWith(diagram.element);
find("losses").replaceWith(losses.element);
["data-settings", "network-settings"].forEach((id, i) => find(id).replaceWith(forms[i].element));
find("meanings").replaceChildren(...forms.map(({ help }) => help));

// what the visitor does

kinds.addEventListener("choose", ({ detail }) => change({ data: detail }));
diagram.addEventListener("features", ({ detail }) => change({ features: detail.join(",") }));
diagram.addEventListener("layers", ({ detail }) => change({ hidden: layersText(detail) }));
diagram.addEventListener("look", ({ detail }) => {
  looking = detail;
  draw();
});
for (const form of forms)
  form.addEventListener("change", ({ detail: { name, value } }) => change({ [name]: value }));
for (const name of ["test", "discrete"])
  find(name).addEventListener("change", ({ target }) => change({ [name]: target.checked }));
find("speed").addEventListener("change", ({ target }) => change({ speed: target.value }));
find("play").addEventListener("click", () => (trainer.playing ? trainer.pause() : play()));
find("step").addEventListener("click", () => {
  if (!trainer.playing) trainer.step(1).then(drawFigures, trouble);
});
find("reset").addEventListener("click", () => build(true));
find("draw").addEventListener("click", () => change({ seed: (settings.seed + 1) % 1_000_000 }));
find("share").addEventListener("click", share);
addEventListener("hashchange", () => {
  const next = read(location.hash, options);
  complain(next.ignored);
  change(next.settings);
});

// what comes back

trainer.addEventListener("built", ({ detail: { built, anew } }) => {
  if (anew) curve = new History(2);
  plane.take(built);
});
trainer.addEventListener("frame", ({ detail }) => {
  frame = detail;
  const { weights, side, map_side } = trainer.built;
  parts = cut(frame.seen, weights, side, map_side);
  curve.add(frame.epoch, [frame.train_loss, frame.test_loss]);
  draw();
  if (performance.now() - figured > OFTEN || !trainer.playing) drawFigures();
});
trainer.addEventListener("change", () => {
  const button = find("play");
  button.lastElementChild.textContent = trainer.playing ? "Pause" : "Train";
  button.querySelector("use").setAttribute("href", trainer.playing ? "#i-pause" : "#i-play");
  find("step").setAttribute("aria-disabled", String(trainer.playing));
  drawFigures();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  kinds.draw();
  diagram.drawFeatures();
  draw();
});
acceptDropsElsewhere(() => tell("This page takes no files.", "bad"));

show();
complain(asked.ignored);
begin().catch(trouble);

async function begin() {
  const { points, features } = await worker.call("playground.samples");
  kinds.draw(points);
  diagram.drawFeatures(features);
  await build(true);
}

/** Trains until it is paused, by the visitor or after its epochs; then says how it went. */
async function play() {
  try {
    const outcome = await working(async () => {
      await trainer.play(() => settings.speed, settings.epochs);
      return worker.call("playground.summary");
    });
    if (!Number.isFinite(outcome.test_loss)) tell(DIVERGED, "bad");
    else tell(`${scored(outcome)}, after ${outcome.epochs} epochs.`, "good");
  } catch (error) {
    trouble(error);
  }
}

function build(anew) {
  return trainer.build(forWorker(settings, options), anew).catch(trouble);
}

/** Takes other settings; the address says so, and what needs it is made anew. */
function change(some) {
  const before = settings;
  settings = { ...settings, ...some };
  const address = write(settings, options) || location.pathname + location.search;
  history.replaceState(null, "", address);
  show();
  const anew = ["data", "features", "hidden", "seed"].some((n) => settings[n] !== before[n]);
  if (needsBuild(before, settings, options)) build(anew);
  else draw();
}

/** Shows what is chosen. */
function show() {
  kinds.show(settings.data);
  diagram.show(featuresOf(settings.features), layersOf(settings.hidden));
  for (const form of forms) form.show(settings);
  for (const name of ["test", "discrete"]) find(name).checked = settings[name];
  find("speed").value = settings.speed;
}

function draw() {
  if (!parts) return;
  const { test, discrete } = settings;
  diagram.draw(parts.layers, discrete);
  const seen = looking && parts.layers[looking.layer]?.maps[looking.neuron];
  plane.draw(seen ?? parts.surface, discrete, test);
  find("about").textContent = seen ? about(looking, parts.layers[looking.layer]) : POINT;
}

const POINT = find("about").textContent;

function about({ layer, neuron }, { weights, biases }) {
  const inputs = weights.length / biases.length;
  const mine = Array.from({ length: inputs }, (_, i) =>
    weights[i * biases.length + neuron].toFixed(2),
  );
  return `Layer ${layer + 1}, neuron ${neuron + 1}: bias ${biases[neuron].toFixed(2)}, weights ${mine.join(", ")}.`;
}

function drawFigures() {
  figured = performance.now();
  const rate = trainer.playing ? trainer.pace.rate : null;
  find("rate").textContent = rate ? Math.round(rate.steps).toLocaleString("en") : "–";
  find("frames").textContent = rate ? String(Math.round(rate.frames)) : "–";
  if (!frame) return;
  find("epoch").textContent = frame.epoch.toLocaleString("en");
  find("score").textContent = scored(frame);
  plane.say(scored(frame));
  losses.draw(curve.lines, curve.epochs, curve.every);
}

function scored({ test_accuracy, test_loss, train_loss }) {
  const loss = `loss ${figure(test_loss)} on points that test it, ${figure(train_loss)} on the others`;
  return Number.isFinite(test_accuracy) ? `${percent(test_accuracy)} right; ${loss}` : `A ${loss}`;
}

const figure = (value) => (Number.isFinite(value) ? value.toFixed(3) : "–");

async function share() {
  try {
    await navigator.clipboard.writeText(location.href);
    tell("Copied. Whoever opens the link sees the same points and network.", "good");
  } catch {
    tell("This browser lets the page copy nothing: copy its address instead.", "bad");
  }
}

function complain(parts) {
  if (!parts.length) return;
  const what = parts.join(", ");
  status.notice(`The link asks for what is not there: ${what}. All else is as it says.`);
}

function trouble(error) {
  const lost = "The graphics device was lost. It is back in a moment, and the network begins anew.";
  if (error.name !== "WorkerFailed") tell(error.name === "DeviceLost" ? lost : words(error), "bad");
}
