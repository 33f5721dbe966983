// Tables: opens a CSV file, trains in the worker, shows how well, and answers while the
// sliders move.

import { say } from "../../shared/dialogs.js";
import { download, h, keepFocus, percent, words } from "../../shared/dom.js";
import { acceptDrops, acceptDropsElsewhere } from "../../shared/dropzone.js";
import { Matrix } from "../../shared/matrix.js";
import { openPage, whileBusy, working } from "../../shared/opening.js";
import { Plot } from "../../shared/plot.js";
import { Settings, described, fromAddress } from "../../shared/settings.js";
import { find } from "../find.js";
import { Answerer } from "./answer.js";
import { aimedAt, asked, features, firstChoice, isModel, kindsOf, verdict } from "./choice.js";
import { Columns } from "./columns.js";
import { Questions } from "./questions.js";

const MOST_BYTES = 16 << 20; // of a table; pywebml/apps/tables/reading.py says so, too
const MOST_MODEL = 64 << 20;

/** @typedef {import("./choice.js").Column} Column */

/** @type {{ name: string, rows: number, columns: Column[], notes: string[], named: boolean, file: Blob | null } | null} */
let table = null;
/** @type {import("./choice.js").Choice} */
let choice;
/** @type {Record<string, any> | null} what the model asks for; null without one */
let model = null;
let training = false;
let taken = 41; // the row that is taken next

const { worker } = openPage();
const { options } = await described("tables");
const settings = new Settings(options);
const chosen = fromAddress(options);
const columns = new Columns(find("columns"));
const questions = new Questions();
const loss = new Plot();
const right = new Plot();
const matrix = new Matrix("After training, this table shows which class it takes for which.");
const scatter = new Plot();
const answerer = new Answerer(
  find("said"),
  (values) => worker.call("tables.predict", { values }),
  () => questions.values(),
  failed,
);

settings.show(chosen);
settings.addEventListener("change", ({ detail }) => (chosen[detail.name] = detail.value));
find("settings").replaceWith(settings.element, settings.help);
find("questions").replaceWith(questions.element);
find("shares").replaceWith(answerer.element);
find("plots").append(
  h("figure", {}, h("figcaption", { text: "Loss: lower is better" }), loss.element),
  h("figure", {}, h("figcaption", { id: "right-title", text: "Right" }), right.element),
);
find("errs").append(matrix.element);
drawn({});

find("train").addEventListener("click", train);
find("stop").addEventListener("click", () => {
  find("train-hint").textContent = "Stopping after this step…";
  worker.call("tables.stop").catch(failed);
});
find("open").addEventListener("click", () => pick(".csv,.tsv,.txt,text/csv", openFile));
find("iris").addEventListener("click", () => open(null, "iris.csv"));
find("header").addEventListener("click", () =>
  open(table.file, table.name, table.named ? "no" : "yes"),
);
find("read").addEventListener("click", () => openText(find("pasted").value));
find("load").addEventListener("click", () => pick(".keras,.h5,.zip", loadFile));
find("others").addEventListener("click", () => pick(".csv,.tsv,.txt,text/csv", answerFile));
button("save", async () => {
  download(`${model.target}.keras`, await worker.call("tables.save"), "application/zip");
});
button("answers", () => answer({}));
button("take", takeRow);
find("target").addEventListener("change", () =>
  choose(aimedAt(table.columns, choice, find("target").value)),
);
find("kind").addEventListener("change", () => (choice.kind = find("kind").value));
columns.addEventListener("change", () => ask());
questions.addEventListener("change", () => {
  if (!model) return;
  find("truth").textContent = "";
  answerer.ask();
});
addEventListener("paste", (event) => {
  const text = event.clipboardData?.getData("text/plain") ?? "";
  const [file] = event.clipboardData?.files ?? [];
  if (event.target instanceof HTMLTextAreaElement || !(file || text.includes("\n"))) return;
  event.preventDefault();
  if (file) takeFile(file);
  else openText(text);
});
for (const accept of [
  (take) => acceptDrops(document.querySelector("main"), take),
  acceptDropsElsewhere,
])
  accept(([file]) => file && takeFile(file));

let opening = open(null, "iris.csv");

function failed(error) {
  say(words(error), "bad");
}

/** A button whose job may fail, and needs a model. */
function button(id, job) {
  const element = find(id);
  element.addEventListener("click", () => {
    if (!model && id !== "take") say("Train it first, or load a model.", "bad");
    else whileBusy(element, job, (sentence) => say(sentence, "bad"));
  });
}

// the table

function pick(accept, take) {
  const input = h("input", { type: "file", accept });
  input.addEventListener("change", () => input.files[0] && take(input.files[0]));
  input.click();
}

function takeFile(file) {
  return isModel(file.name) ? loadFile(file) : openFile(file);
}

async function bytesOf(file, most) {
  if (file.size > most)
    throw new Error(`${file.name} has ${file.size} bytes; up to ${most >> 20} MiB are taken.`);
  return new Uint8Array(await file.arrayBuffer());
}

function openFile(file) {
  opening = open(file, file.name);
  return opening;
}

function openText(text) {
  opening = open(new Blob([text]), "the pasted table");
  return opening;
}

/** Takes the table in a file, or without one that of irises. */
async function open(file, name, header = "auto") {
  try {
    const contents = file ? { bytes: await bytesOf(file, MOST_BYTES) } : {};
    const about = await worker.call("tables.open", { ...contents, name, header });
    table = { ...about, file };
    model = null;
    show();
  } catch (error) {
    failed(error);
    if (!table) find("train-hint").textContent = "There is no table; open one.";
  }
}

function show() {
  find("name").textContent = find("name").title = table.name;
  find("size").textContent = `${table.rows} rows`;
  keepFocus(
    () => (find("iris").hidden = !table.file),
    () => find("open"),
  );
  keepFocus(
    () => (find("header").hidden = !table.file),
    () => find("open"),
  );
  find("header").textContent = table.named
    ? "The first line is no names, but values"
    : "The first line is the columns' names";
  const targets = table.columns.filter(({ as_target }) => as_target);
  find("target").replaceChildren(
    ...targets.map(({ name }) => h("option", { value: name, text: name })),
  );
  notes(table.notes);
  choose(firstChoice(table.columns, table.target));
  find("score").textContent = "–";
  find("score-text").textContent = "";
  matrix.clear();
  find("errs").replaceChildren(matrix.element);
  drawn({});
  if (!training) find("train-hint").textContent = "Ready: it takes a few seconds.";
}

function notes(sentences) {
  find("notes").replaceChildren(...sentences.map((text) => h("li", { text })));
}

/** Another choice of what is learnt. */
function choose(next) {
  choice = next;
  const target = table.columns.find(({ name }) => name === choice.target);
  const kinds = kindsOf(target);
  find("target").value = choice.target;
  find("kind").value = choice.kind;
  for (const option of find("kind").options) option.disabled = !kinds.includes(option.value);
  columns.show(table.columns, choice);
  ask();
}

/** Without a model the sliders are those of the columns that are chosen. */
function ask() {
  if (model) return;
  const asks = features(table.columns, choice).map((column) => {
    const { name, kind, low, high, whole, categories } = column;
    const words = kind === "category" || choice.categories.has(name);
    if (!words) return { name, low, high, whole };
    return { name, categories: (categories ?? []).map(([each]) => each) };
  });
  questions.show(asks, table.columns);
  const target = table.columns.find(({ name }) => name === choice.target);
  const classes = choice.kind === "classes" ? (target.categories ?? []).map(([name]) => name) : [];
  answerer.expect(classes, target);
  find("truth").textContent = "Train it first; then it answers while you move the sliders.";
}

// training

async function train() {
  if (training) return;
  await opening;
  if (!table) return;
  if (!features(table.columns, choice).length) {
    say(`Choose at least one column to foretell ${choice.target} from.`, "bad");
    return;
  }
  training = true;
  const start = find("train");
  start.setAttribute("aria-disabled", "true");
  start.textContent = "Training…";
  find("stop").hidden = false;
  find("bar").value = 0;
  find("train-hint").textContent = "Getting ready…";
  const history = {};
  try {
    const outcome = await working(async () => {
      const args = { ...chosen, ...asked(table.columns, choice) };
      return come(await worker.call("tables.train", args, [], (step) => heard(step, history)));
    });
    find("train-hint").textContent =
      `${outcome.stopped ? "Stopped" : "Trained"} in ${outcome.seconds.toFixed(1)} s on ${outcome.adapter}.`;
  } catch (error) {
    find("train-hint").textContent = "That did not work; see the message.";
    failed(error);
  } finally {
    training = false;
    keepFocus(
      () => (find("stop").hidden = true),
      () => start,
    );
    start.removeAttribute("aria-disabled");
    start.textContent = model ? "Train again" : "Start";
  }
}

function heard({ done, of, stage: _, ...figures }, history) {
  find("bar").value = done / of;
  const share = figures.val_accuracy;
  const more = share == null ? "" : ` · ${percent(share)} right on rows kept aside`;
  find("train-hint").textContent =
    `Epoch ${done} of ${of} · loss ${figures.loss.toFixed(3)}${more}`;
  for (const [name, value] of Object.entries(figures)) (history[name] ??= []).push(value);
  drawn(history);
}

/** The curves of a training. */
function drawn(history) {
  const errors = "mean_absolute_error" in history;
  const second = errors ? "mean_absolute_error" : "accuracy";
  find("right-title").textContent = errors ? "How far it is off" : "Right";
  for (const [plot, name, title] of [
    [loss, "loss", "loss"],
    [right, second, errors ? "off by" : "right"],
  ]) {
    const values = history[name] ?? [];
    const aside = history[`val_${name}`] ?? [];
    const last = aside.at(-1);
    const sentence = `${title}: ${last === undefined ? "nothing yet" : `${last.toFixed(3)} on rows kept aside, after epoch ${aside.length}`}`;
    const series = [
      { name: "learns", values },
      { name: "kept aside", values: aside },
    ];
    const x = values.map((_, i) => i + 1);
    const chart = { kind: "lines", title, x, x_label: "epoch", y_label: "", series };
    plot.show(chart, sentence, () => h("p", { text: sentence }));
  }
}

/** A model has come, trained here or loaded; how well it does, if that is known. */
function come({ points, asks, ...outcome }) {
  model = asks;
  const { target, classes } = asks;
  questions.show(asks.features, table?.columns ?? []);
  answerer.expect(
    classes,
    table?.columns.find(({ name }) => name === target),
  );
  find("truth").textContent = `Move the sliders: it foretells ${target} at once.`;
  answerer.ask();
  if (!outcome.kind) return outcome;
  const { figure, words: rest } = verdict(outcome);
  find("score").textContent = figure;
  find("score-text").textContent = rest;
  notes([...(table?.notes ?? []), ...outcome.notes]);
  if (outcome.kind === "classes") {
    find("errs").replaceChildren(matrix.element);
    matrix.show(outcome.classes, outcome.confusion);
  } else {
    const words = `True ${target} across, foretold ${target} up: on the diagonal it is right.`;
    find("errs").replaceChildren(h("p", { class: "hint", text: words }), scatter.element);
    const chart = { kind: "points", title: words, x_label: "true", y_label: "foretold" };
    const series = [{ name: target, points }];
    scatter.show({ ...chart, series }, words, () => h("p", { text: words }));
  }
  return outcome;
}

// asking, and files

async function takeRow() {
  if (!table) return;
  taken = (taken + 59) % table.rows;
  const row = await worker.call("tables.row", { number: taken });
  questions.take(row);
  const target = model?.target ?? choice.target;
  find("truth").textContent =
    `Row ${taken + 1}. In the table its ${target} is ${row[target] || "missing"}.`;
}

async function answer(rows, name = table?.name ?? "rows.csv") {
  const { bytes, rows: count, notes } = await worker.call("tables.answers", rows);
  download(`answers to ${name.replace(/\.\w+$/, "")}.csv`, bytes, "text/csv");
  say([`${count} rows are answered.`, ...notes].join(" "), "good");
}

async function answerFile(file) {
  if (!model) return say("Train it first, or load a model.", "bad");
  try {
    await answer({ bytes: await bytesOf(file, MOST_BYTES), name: file.name }, file.name);
  } catch (error) {
    failed(error);
  }
}

async function loadFile(file) {
  try {
    await opening;
    const bytes = await bytesOf(file, MOST_MODEL);
    const args = table ? asked(table.columns, choice) : {};
    const shown = await worker.call("tables.load", { bytes, name: file.name, ...args }, [
      bytes.buffer,
    ]);
    come(shown);
    find("train").textContent = "Train again";
    find("train-hint").textContent = `${file.name} foretells ${shown.asks.target}.`;
    if (shown.why) say(`It is loaded, and cannot be tested here: ${shown.why}.`, "info");
  } catch (error) {
    failed(error);
  }
}
