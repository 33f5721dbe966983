// Dates: a network learns to read them in the worker, tries some meanwhile, and reads
// what is typed.

import { h, percent, words } from "../../shared/dom.js";
import { Keeper } from "../../shared/keeper.js";
import { Kept } from "../../shared/kept.js";
import { openPage } from "../../shared/opening.js";
import { Plot } from "../../shared/plot.js";
import { Settings, described, fromAddress } from "../../shared/settings.js";
import { failed, TrainCard } from "../../shared/train_card.js";
import { find, findAll } from "../find.js";
import { Looked } from "./looked.js";
import { next } from "./reading.js";
import { Dates } from "./table.js";

const READY = "Ready: it takes about half a minute.";
const noCurve = () => ({ step: [], loss: [], accuracy: [] });
const NOTHING = { steps: null, stopped: false, accuracy: null, curve: noCurve() };

let network = NOTHING; // what is known of it, and kept
let reading = false;
let again = false; // what was typed meanwhile is read right after
let samples = { shown: [], aside: [], unusual: [] };

const { worker, status } = openPage();
const { options } = await described("dates");
const settings = new Settings(options);
const chosen = fromAddress(options); // settings that were changed
const kept = new Kept("dates");
const keeper = new Keeper(kept, status);
const loss = new Plot();
const accuracy = new Plot();
const looked = new Looked();
const card = new TrainCard(
  findAll("train", "stop", "anew", "save", "load", "file", "bar", "hint"),
  {
    first: "Writing dates to learn from…",
    steps: () => network.steps,
    label: () => next(network),
    train,
    stop: () => worker.call("dates.stop"),
    failed: async () => {
      const state = await worker.call("dates.state").catch(() => null);
      network = { ...network, steps: state?.steps ?? null };
    },
    keep: async () => {
      const bytes = await worker.call("dates.save");
      await keeper.keep({ value: { ...network, bytes } });
    },
    save: async () => ["dates.zip", await worker.call("dates.save")],
    load: async (bytes, name) => {
      const { steps } = await worker.call("dates.load", { bytes, name });
      network = { ...NOTHING, steps, curve: noCurve() };
      return `a network after ${steps} steps. It reads, or goes on learning.`;
    },
    shown: readAll,
    changed: render,
  },
);
const practice = new Dates("Dates that it does not learn from, as it reads them now");
const unusual = new Dates("Dates in ways that it has never seen, as it reads them", true);

settings.show(chosen);
settings.addEventListener("change", ({ detail }) => (chosen[detail.name] = detail.value));
find("settings").replaceWith(settings.element, settings.help);
find("plots").append(
  h("figure", {}, h("figcaption", { text: "Loss: lower is better" }), loss.element),
  h("figure", {}, h("figcaption", { text: "Dates read right, of 50" }), accuracy.element),
);
find("looked").replaceWith(looked.element);
for (const [id, table] of [
  ["practice", practice],
  ["unusual", unusual],
]) {
  find(id).append(table.element);
  table.addEventListener("choose", ({ detail }) => put(detail));
}
find("text").addEventListener("input", read);
card.onClick(find("another"), async () => put(pick(samples.aside).text));
card.render();
read();
await begin();

async function begin() {
  // in private windows nothing is kept; the page works all the same
  const { value: there } = await kept.read().catch(() => ({}));
  try {
    await worker.call("ready");
    samples = await worker.call("dates.samples");
    practice.list(samples.shown);
    unusual.list(samples.unusual);
    if (there && !card.training) await takeBack(there);
    else if (!card.training) card.tell(READY);
  } catch (error) {
    failed(error);
  }
}

async function takeBack({ bytes, ...known }) {
  try {
    const { steps } = await worker.call("dates.load", { bytes, name: "what was kept" });
    network = { ...NOTHING, ...known, steps };
    card.render();
    card.tell(`Here is your network again, after ${steps} steps.`);
    await readAll();
  } catch (error) {
    console.warn("What was kept of a network cannot be read:", words(error));
    card.tell(READY);
  }
}

const pick = (list) => list[Math.floor(Math.random() * list.length)];

function render() {
  const { accuracy: share } = network;
  find("score").textContent = share == null ? "–" : `${(100 * share).toFixed(1)} %`;
  drawCurves();
}

function drawCurves() {
  const { curve } = network;
  for (const [plot, name] of [
    [loss, "loss"],
    [accuracy, "accuracy"],
  ]) {
    const values = curve[name];
    const end = values.at(-1);
    const sentence = `${name}: ${end === undefined ? "nothing yet" : `${end.toFixed(3)} after step ${curve.step.at(-1)}`}`;
    const chart = { kind: "lines", title: name, x: curve.step, x_label: "step", y_label: "" };
    plot.show({ ...chart, series: [{ name, values }] }, sentence, () => h("p", { text: sentence }));
  }
}

// training

async function train(anew) {
  if (anew || !network.steps) network = { ...NOTHING, curve: noCurve() };
  const outcome = await worker.call("dates.train", { ...chosen, again: anew }, [], heard);
  const { steps, stopped, accuracy: share } = outcome;
  network = { ...network, steps, stopped, accuracy: share };
  return outcome;
}

function heard({ step, done, of, loss: value, accuracy: share, shown }) {
  const { curve } = network;
  network.steps = step;
  curve.step.push(step);
  curve.loss.push(value);
  curve.accuracy.push(share);
  drawCurves();
  practice.show(shown);
  read();
  card.step(
    done / of,
    `Step ${done} of ${of} · loss ${value.toFixed(3)} · ${percent(share)} right`,
  );
}

// reading

function put(text) {
  find("text").value = text;
  read();
}

/** Reads what is typed; what changes meanwhile is read right after. */
async function read() {
  again = reading;
  if (reading) return;
  if (!network.steps) {
    looked.show(
      find("text").value,
      null,
      "It cannot read yet: train it. It tries while it learns.",
    );
    return;
  }
  reading = true;
  try {
    do {
      again = false;
      const text = find("text").value;
      if (!text.trim()) {
        looked.show("", null, "Type a date, and it reads along.");
        continue;
      }
      const [answer] = await worker.call("dates.read", { texts: [text] });
      looked.show(text, answer);
    } while (again);
  } catch (error) {
    failed(error);
  } finally {
    reading = false;
  }
}

/** Everything on the page that a network reads. */
async function readAll() {
  if (!network.steps) return;
  await read();
  try {
    for (const [table, dates] of [
      [practice, samples.shown],
      [unusual, samples.unusual],
    ])
      table.show(await worker.call("dates.read", { texts: dates.map(({ text }) => text) }));
  } catch (error) {
    failed(error);
  }
}
