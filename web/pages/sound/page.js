// Teach it sounds: records clips, has the worker learn them, and listens.

import { say } from "../../shared/dialogs.js";
import { counted, keepFocus, words } from "../../shared/dom.js";
import { acceptDrops, acceptDropsElsewhere } from "../../shared/dropzone.js";
import { INSECURE, joined, Microphone } from "../../shared/microphone.js";
import { become, openPage, whileBusy, working } from "../../shared/opening.js";
import { described, fromAddress, Settings } from "../../shared/settings.js";
import { find } from "../find.js";
import { Card } from "./card.js";
import { Keeping, mayReplace, wireFiles } from "./keeping.js";
import { arranged, BACKGROUND, clip, Lesson, MOST_CLASSES } from "./lesson.js";
import { Listen } from "./listen.js";
import { decoded } from "./player.js";
import { Recorder } from "./recorder.js";
import { BANDS, FRAMES, seconds, toFloats, toWhole } from "./sounds.js";
import { Training } from "./training.js";

const HUES = [245, 12, 152, 36, 280, 190, 330, 90];

const { worker, status } = openPage();
const { options } = await described("sound");
const settings = new Settings(options);
const chosen = fromAddress(options); // settings that were changed
const lesson = new Lesson();
const keeping = new Keeping();
const microphone = new Microphone();
const recorder = new Recorder(microphone, take);
const listen = new Listen(microphone, (samples) => worker.call("hear", { samples }));
const training = new Training();
const cards = new Map(); // by class key
let drawn = 1; // seed of the next sample sounds
let made = null; // names of the sample sounds

settings.show(chosen);
settings.addEventListener("change", ({ detail }) => (chosen[detail.name] = detail.value));
find("settings").replaceWith(settings.element, settings.help);
lesson.addEventListener("change", () => (keeping.keep(lesson.classes), render()));
find("add-class").addEventListener("click", () => {
  const { name } = cards.get(lesson.addClass().key);
  name.focus();
  name.select();
});
onClick("microphone", () => (microphone.on ? microphone.stop() : microphone.start()));
onClick("samples", async () => {
  if (await mayReplace(lesson, "Try the sample sounds?")) await working(trySamples);
});
onClick("train", () => working(train));
onClick("surprise", surprise);
find("stop").addEventListener("click", () => worker.call("stop").catch(tell));
microphone.addEventListener("trouble", ({ detail }) => say(detail, "bad"));
microphone.addEventListener("change", () => {
  const text = microphone.on ? "Turn off microphone" : "Turn on microphone";
  find("microphone").querySelector("span").textContent = text;
});
wireFiles({ lesson, exported, put, startOver });
acceptDropsElsewhere(dropped);
wireFile();
if (!isSecureContext) status.notice(INSECURE);
render();

try {
  const kept = await keeping.open();
  if (kept && !lesson.clips.length) lesson.classes = kept.classes;
  render();
  await worker.call("ready");
  if (kept?.trained) await recall(kept.trained);
  if (document.documentElement.dataset.state === "loading") become("ready");
  render();
} catch (error) {
  tell(error);
}

function tell(error) {
  say(words(error), "bad");
}

function onClick(id, job) {
  const button = find(id);
  button.addEventListener("click", () =>
    whileBusy(button, job, (sentence) => say(sentence, "bad")),
  );
}

// classes and clips

function render() {
  const { classes } = lesson;
  const keys = new Set(classes.map(({ key }) => key));
  keepFocus(
    () => {
      for (const [key, card] of cards) {
        if (keys.has(key)) continue;
        card.element.remove();
        cards.delete(key);
      }
    },
    () => find("add-class"),
  );
  const parts = { recorder, addFiles, lesson, deleted };
  classes.forEach((each, i) => {
    if (!cards.has(each.key)) cards.set(each.key, new Card(each.key, i === 0, parts));
    const { element } = cards.get(each.key);
    const list = find("classes");
    if (list.children[i] !== element) list.insertBefore(element, list.children[i] ?? null);
    cards.get(each.key).render(each, HUES[i % HUES.length]);
  });
  const lacks = lesson.lacks();
  keepFocus(() => {
    find("add-class").hidden = classes.length >= MOST_CLASSES;
    find("export").disabled = find("start-over").disabled = !lesson.clips.length;
    find("train").disabled = Boolean(lacks);
  });
  training.render(lacks, lesson);
  const names = training.names;
  listen.list(
    (names ?? classes.map(({ name }) => name)).map((name, i) => ({
      key: `${i}`,
      name,
      hue: HUES[i % HUES.length],
    })),
    classes[0].name,
  );
  find("surprise").hidden = !names || `${names}` !== `${made ?? training.made}`;
  find("listen-hint").hidden = Boolean(names);
}

/** Says what is gone, with the way back. */
function deleted(text) {
  say(text, "info", { text: "Undo", run: () => lesson.undo() });
}

/** Adds a recording or a file to a class, cut into seconds; how many they are. */
async function take(key, samples) {
  const cut = await worker.call("clips", { samples });
  return lesson.find(key) ? lesson.add(key, clipsOf(cut)) : 0;
}

function clipsOf({ clips, pixels }) {
  const samples = new Float32Array(clips.slice().buffer);
  return seconds(samples).map((each, i) =>
    clip(toWhole(each), pixels.slice(i * FRAMES * BANDS, (i + 1) * FRAMES * BANDS)),
  );
}

async function addFiles(key, files) {
  let added = 0;
  for (const file of files) {
    try {
      added += await take(key, await decoded(await file.arrayBuffer(), file.name));
    } catch (error) {
      tell(error);
    }
  }
  const name = lesson.find(key)?.name;
  if (added && name) say(`${counted(added, "second")} added to ${name}.`, "good");
}

function dropped(files) {
  const zip = files.find(({ name }) => /\.zip$/i.test(name));
  if (zip) put(zip).catch(tell);
  else say("Drop wav files onto a class, or where it listens.", "bad");
}

// training

async function train() {
  const start = performance.now();
  const { classes } = lesson;
  const names = classes.map(({ name }) => name);
  const labels = classes.flatMap(({ clips }, label) => clips.map(() => label));
  const ids = lesson.clips.map(({ id }) => id);
  const clips = joined(lesson.clips.map(({ whole }) => toFloats(whole)));
  training.begin();
  try {
    const { model, ...outcome } = await worker.call(
      "train",
      { ...chosen, clips, labels, names },
      [clips.buffer],
      (step) => training.hear(step),
    );
    const trained = { model, outcome, ids, made };
    training.show(trained, (performance.now() - start) / 1000);
    keeping.keepTrained(trained);
    return outcome;
  } finally {
    training.end();
    render();
  }
}

/** Brings back what was trained before a reload. */
async function recall(trained) {
  try {
    await worker.call("load", { bytes: trained.model });
    training.show(trained);
  } catch {
    keeping.keepTrained(null); // a file of another version: it is trained again
  }
}

/** The whole lesson without a microphone; its outcome is what the command writes. */
async function trySamples() {
  training.wait("Making sounds…");
  try {
    const { names, sounds } = await worker.call("samples");
    made = names;
    lesson.replace(names.map((name, i) => ({ name, clips: clipsOf(sounds[i]) })));
    return await train();
  } finally {
    training.end();
    render();
  }
}

/** Plays a sample sound that it has not heard, and says what it hears. */
async function surprise() {
  const { sounds } = await worker.call("samples", { count: 1, seed: drawn });
  const label = 1 + (drawn % (sounds.length - 1));
  drawn += 1;
  const [sound] = clipsOf(sounds[label]);
  await listen.file(toFloats(sound.whole));
}

// files

function wireFile() {
  const input = find("listen-file");
  const hear = async (files) => {
    const [file] = files;
    if (!file) return;
    await listen.file(await decoded(await file.arrayBuffer(), file.name)).catch(tell);
  };
  find("listen-choose").addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    hear([...input.files]).catch(tell);
    input.value = "";
  });
  acceptDrops(find("listen"), (files) => hear(files).catch(tell));
}

function exported() {
  const names = lesson.classes.map(({ name }) => name);
  const clips = lesson.classes.map((each) => each.clips.map(({ whole }) => whole));
  return worker.call("export", { names, clips, model: training.model });
}

/** Takes an exported zip, or one of class folders with wav files. */
async function put(file) {
  if (!(await mayReplace(lesson, `Take what is in ${file.name}?`))) return;
  const { classes, model } = await worker.call("read", {
    bytes: new Uint8Array(await file.arrayBuffer()),
  });
  const taken = [];
  for (const { name, files } of classes) {
    const clips = [];
    for (const bytes of files) {
      const samples = await decoded(bytes.slice().buffer, `a file of ${name}`);
      clips.push(...clipsOf(await worker.call("clips", { samples })));
    }
    taken.push({ name, clips });
  }
  made = null;
  lesson.replace(arranged(taken));
  if (model) {
    const { names } = await worker.call("load", { bytes: model });
    training.show({ model, outcome: { classes: names }, ids: lesson.clips.map(({ id }) => id) });
  }
  keeping.keepTrained(training.trained);
  render();
  say(`${counted(lesson.clips.length, "clip")} taken from ${file.name}.`, "good");
}

function startOver() {
  worker.call("forget").catch(tell);
  training.forget();
  keeping.keepTrained(null);
  lesson.replace([BACKGROUND, "Sound 1", "Sound 2"].map((name) => ({ name, clips: [] })));
  deleted("The sounds are gone.");
}
