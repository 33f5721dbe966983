// Text: a network learns a text in the worker, shows what it writes meanwhile, and
// writes on.

import { ask, say } from "../../shared/dialogs.js";
import { download, h, keepFocus, words } from "../../shared/dom.js";
import { acceptDrops, acceptDropsElsewhere } from "../../shared/dropzone.js";
import { Keeper } from "../../shared/keeper.js";
import { Kept } from "../../shared/kept.js";
import { openPage, whileBusy, working } from "../../shared/opening.js";
import { Plot } from "../../shared/plot.js";
import { Settings, described, fromAddress } from "../../shared/settings.js";
import { find } from "../find.js";
import { beginning, diary, longer, mood, next, noCurve, restored, unsure } from "./course.js";
import { SAMPLE, Source } from "./source.js";
import { wireWriteOn } from "./write_on.js";
import { Writing } from "./writing.js";

const KEPT_EVERY = 10_000; // milliseconds of a training
const SAMPLE_LENGTH = 160; // characters

// what is known of the network, and kept: `learned` is the text's key
const NOTHING = { steps: null, loaded: false, learned: null, curve: noCurve(), diary: [] };
let network = NOTHING;
let training = false;
let keeping = 0; // when it was kept last
let typing = 0; // the timer that waits for the end of it
let writing = false; // a sample, and
let again = false; // another one right after

const { worker, status } = openPage();
const { options } = await described("text");
const settings = new Settings(options);
const chosen = fromAddress(options); // settings that were changed
const kept = new Kept("text");
const keeper = new Keeper(kept, status);
const plot = new Plot();
const latest = new Writing("What it writes now");
const source = new Source({
  area: find("text"),
  count: find("count"),
  open: (bytes, name) => worker.call("text.open", { bytes, name }),
});

settings.show(chosen);
settings.addEventListener("change", ({ detail }) => (chosen[detail.name] = detail.value));
find("settings").replaceWith(settings.element, settings.help);
find("plot").replaceWith(plot.element);
find("latest").replaceWith(latest.element);
wireText();
wireTraining();
wireNetwork();
const writeOn = wireWriteOn({ worker, temperature, failed });
drawCurve();
const back = bringBack();

function onClick(id, job) {
  const button = find(id);
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") !== "true") whileBusy(button, job, failed);
  });
}

function failed(error) {
  say(typeof error === "string" ? error : words(error), "bad");
}

/** What was kept when the page was left, else the text that ships. */
async function bringBack() {
  // in private windows nothing is kept; the page works all the same
  const there = restored(await kept.read().catch(() => ({})));
  if (there.source) source.put(there.source);
  else await source.takeSample();
  source.addEventListener("change", () => keepSource());
  try {
    await worker.call("ready");
    if (there.network) await takeBack(there.network);
    if (network.steps === null) tell("Ready: it writes from the first second on.");
    else tell(`Ready: it is where you left it, after ${network.steps} steps.`);
  } catch (error) {
    failed(error);
  }
}

async function takeBack({ bytes, ...known }) {
  try {
    const { steps } = await worker.call("text.load", { bytes, name: "what was kept" });
    become({ ...NOTHING, ...known, steps });
  } catch (error) {
    console.warn("What was kept of a network cannot be read:", words(error));
  }
}

// the text

function wireText() {
  const file = find("file");
  onClick("open", async () => file.click());
  onClick("sample", () => source.takeSample());
  onClick("clear", async () => {
    source.put({ name: "your text", text: "" });
    find("text").focus();
  });
  file.addEventListener("change", () => {
    if (file.files[0]) source.takeFile(file.files[0]);
    file.value = "";
  });
  acceptDrops(find("reading"), ([dropped]) => {
    if (!dropped) return;
    if (/\.(zip|keras)$/i.test(dropped.name)) load(dropped);
    else source.takeFile(dropped);
  });
  acceptDropsElsewhere(() => say("Drop a text onto “Give it a text”.", "bad"));
  find("beginning").addEventListener("input", ({ target }) => (target.dataset.own = "yes"));
  source.addEventListener("change", () => {
    const field = find("beginning");
    if (!field.dataset.own)
      field.value = source.name === SAMPLE ? "Alice was" : beginning(source.text);
    render();
  });
}

/** Half a second after the last change. */
function keepSource() {
  clearTimeout(typing);
  typing = setTimeout(() => keeper.keep({ source: source.kept }), 500);
}

/** Keeps the network as it is in the worker. */
async function keepNetwork() {
  keeping = performance.now();
  const bytes = await worker.call("text.save");
  await keeper.keep({ network: { ...network, bytes } });
}

// training

function wireTraining() {
  onClick("start", start);
  find("stop").addEventListener("click", () => {
    tell("Stopping after this step…");
    worker.call("text.stop").catch(failed);
  });
  const range = find("temperature");
  range.addEventListener("input", () => {
    const text = `${temperature().toFixed(2)}, ${mood(temperature())}`;
    find("mood").textContent = text;
    range.setAttribute("aria-valuetext", text);
    if (training) worker.call("text.temperature", { value: temperature() }).catch(failed);
    else if (network.steps !== null) writeSample();
  });
}

function temperature() {
  return Number(find("temperature").value);
}

function tell(text) {
  find("hint").textContent = text;
}

/** What starting does now. */
function coming() {
  return next({ ...network, same: network.learned === source.key });
}

async function start() {
  if (document.documentElement.dataset.state === "loading") tell("It starts with Python…");
  await back; // what was kept may come with it
  const { anew } = coming();
  if (anew && !(await mayForget("Begin with a new network?"))) return;
  training = true;
  find("bar").value = 0;
  tell("Reading the text…");
  render();
  try {
    const outcome = await working(() => train(anew));
    const { stopped, steps, seconds, adapter, val_loss } = outcome;
    tell(
      `${stopped ? "Stopped" : "Done"} after ${steps} steps, ${seconds.toFixed(0)} s on ${adapter}.` +
        ` Of the next letter it is ${unsure(val_loss)}.`,
    );
  } catch (error) {
    tell("That did not work.");
    failed(error);
    await compare();
  } finally {
    training = false;
    render();
  }
}

async function train(anew) {
  const read = await worker.call("text.read", { ...(await source.given()), again: anew });
  for (const note of read.notes) say(`${note}.`);
  if (anew) become({ ...NOTHING, steps: 0 });
  network = { ...network, learned: source.key };
  keeping = performance.now();
  const asked = { ...chosen, temperature: temperature() };
  const { shares, ...outcome } = await worker.call("text.train", asked, [], heard);
  network = { ...network, steps: outcome.steps };
  await keepNetwork();
  return outcome;
}

function heard({ step, done, of, loss, val_loss, sample }) {
  find("bar").value = done / of;
  network = { ...network, steps: step, loaded: false };
  if (loss != null) {
    network.curve = longer(network.curve, { step, loss, val_loss });
    tell(`Step ${done} of ${of}: of the next letter it is ${unsure(val_loss)}`);
    drawCurve();
  }
  if (sample) {
    network.diary = diary(network.diary, { step, sample });
    showSamples();
  }
  if (done && performance.now() - keeping > KEPT_EVERY) keepNetwork().catch(failed);
}

/** After trouble: the network as the session has it by then. */
async function compare() {
  const state = await worker.call("text.state").catch(() => null);
  if (state) become({ ...(state.steps == null ? NOTHING : network), steps: state.steps ?? null });
}

function become(other) {
  network = other;
  drawCurve();
  showSamples();
  render();
}

function drawCurve() {
  const { step, loss, val_loss } = network.curve;
  const end = loss.length
    ? `${loss.at(-1).toFixed(2)} on what it reads and ${val_loss.at(-1).toFixed(2)} on what is kept aside, after step ${step.at(-1)}`
    : "nothing yet";
  const series = [
    { name: "text it reads", values: loss },
    { name: "text kept aside", values: val_loss },
  ];
  const chart = { kind: "lines", title: "Loss", x: step, x_label: "step", y_label: "", series };
  plot.show(chart, `Loss: ${end}`, () => h("p", { text: `Loss: ${end}` }));
}

function showSamples() {
  const entries = network.diary;
  const last = entries.at(-1);
  if (last) latest.show(last.sample);
  else latest.begin("Press Start: a second later it writes here, and again every few steps.");
  if (last) find("when").textContent = `After ${last.step} steps`;
  else find("when").textContent = "It has read nothing yet";
  const earlier = entries.slice(0, -1).reverse();
  find("diary").replaceChildren(
    ...earlier.map(({ step, sample }) =>
      h(
        "li",
        {},
        h("b", { text: String(step) }),
        h("span", { text: sample.letters.join("").trim() }),
      ),
    ),
  );
}

// the network, in a file

function wireNetwork() {
  const file = find("load-file");
  onClick("save", () => save("zip", "application/zip"));
  onClick("save-keras", () => save("keras", "application/octet-stream"));
  onClick("load", async () => file.click());
  onClick("anew", async () => {
    if (!(await mayForget("Begin anew?"))) return;
    become(NOTHING);
    tell("It has forgotten everything.");
    await keeper.keep({ network: null });
  });
  file.addEventListener("change", () => {
    if (file.files[0]) load(file.files[0]);
    file.value = "";
  });
}

async function save(kind, type) {
  download(`writer.${kind}`, await worker.call("text.save", { kind }), type);
}

async function load(file) {
  try {
    await back;
    if (training) throw new Error("It is learning. Stop it first.");
    if (!(await mayForget(`Take the network in ${file.name}?`))) return;
    const bytes = new Uint8Array(await file.arrayBuffer());
    const { steps, letters } = await worker.call("text.load", { bytes, name: file.name });
    become({ ...NOTHING, steps, loaded: true });
    tell(
      `${file.name}: ${steps} steps, ${letters} different letters. It may write, or go on learning.`,
    );
    await writeSample();
    await keepNetwork();
  } catch (error) {
    failed(error);
  }
}

/** Asks before it forgets what it has learned, where that is anything. */
async function mayForget(title) {
  const text = `What it has learned in ${network.steps} steps is forgotten, unless you save it first.`;
  return !network.steps || ask(title, text, "Forget it");
}

// writing

/** A sample at the temperature; where it is moved meanwhile, another one right after. */
async function writeSample() {
  again = writing;
  if (writing) return;
  writing = true;
  try {
    do {
      again = false;
      const args = { count: SAMPLE_LENGTH, temperature: temperature() };
      const sample = await worker.call("text.write", args);
      latest.show(sample);
      find("when").textContent = `Just now, after ${network.steps} steps`;
    } while (again && !training);
  } catch (error) {
    failed(error);
  } finally {
    writing = false;
  }
}

function render() {
  const { label } = coming();
  const button = find("start");
  const none = network.steps === null;
  button.textContent = training ? "Learning…" : label;
  for (const id of ["open", "sample", "clear", "load"])
    find(id).setAttribute("aria-disabled", String(training));
  find("text").readOnly = training || Boolean(source.kept.bytes);
  keepFocus(
    () => {
      find("stop").hidden = !training;
      find("save").disabled = find("save-keras").disabled = none;
      find("anew").disabled = none || training;
    },
    () => button,
  );
  writeOn.allow(!none);
}
