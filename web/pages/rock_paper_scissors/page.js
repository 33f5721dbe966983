// Rock, paper, scissors: teaches a classifier as gestures are shown, and plays.

import { Camera, Screen } from "../../shared/camera.js";
import { ask, say } from "../../shared/dialogs.js";
import { counted, download, h, icon, keepFocus, nextFrame, words } from "../../shared/dom.js";
import { acceptDrops, acceptDropsElsewhere } from "../../shared/dropzone.js";
import { become, openPage, whileBusy, working } from "../../shared/opening.js";
import { drawnSamples, fetchPicture, pictureFiles, squareFile } from "../../shared/pictures.js";
import { described, Settings } from "../../shared/settings.js";
import { find } from "../find.js";
import { dealt, GESTURES, missing, TAUGHT } from "./game.js";
import { Play } from "./play.js";
import { Teaching } from "./teach.js";

const { worker, status } = openPage();
const camera = new Camera();
const options = (await described("rock_paper_scissors")).options;
const settings = Object.fromEntries(options.map((option) => [option.name, option.default]));
const screen = new Screen(camera, icon("camera", "big"), h("p", { text: "What it looks at" }));
const teaching = new Teaching({ camera, learn, forget });
const play = new Play({ look: shownHand, began: render, ended });
const advice = find("hint").textContent;
let shown = null; // the picture that was chosen to be shown (Blob)
let left = {}; // addresses of drawn hands that it has not learnt from, by gesture
let looks = 0; // pictures looked at so far: an answer about an earlier one comes too late

find("screen").replaceWith(screen.element);
find("gestures").replaceWith(teaching.element);
find("play").replaceWith(play.element);
teaching.addEventListener("change", render);
wireCamera();
wireSettings();
wirePictures();
wireKept();
onClick("drawn", async () => (await mayForget("Learn the drawn hands?")) && working(tryDrawn));
onClick("go", () => play.round());

function onClick(id, job) {
  const button = find(id);
  button.addEventListener("click", () =>
    whileBusy(button, job, (sentence) => say(sentence, "bad")),
  );
}

// what the worker is asked

async function learn(label, image) {
  const mirror = isFrame(image) && camera.mirror;
  const { counts } = await worker.call("add_example", { label, image, mirror }, [image]);
  return counts;
}

async function forget(label) {
  return (await worker.call("clear", { label })).counts;
}

function predict(image) {
  const mirror = isFrame(image) && camera.mirror;
  const { neighbours } = settings;
  return worker.call("predict", { image, mirror, neighbours }, [image]);
}

/** Frames of the camera come as they are; pictures are mirrored by nobody. */
const frames = new WeakSet();
const isFrame = (image) => frames.has(image);

async function frame() {
  const image = await camera.picture();
  frames.add(image);
  return image;
}

const taught = () => GESTURES.some((gesture) => teaching.counts[gesture]);

// the camera: learns while a button is held, and says at once what it sees

function wireCamera() {
  const toggle = find("camera-toggle");
  onClick("camera-toggle", async () => (camera.on ? camera.stop() : await camera.start()));
  find("mirror").addEventListener("change", (event) => (camera.mirror = event.target.checked));
  camera.addEventListener("trouble", (event) => say(event.detail, "bad"));
  camera.addEventListener("change", () => {
    toggle.querySelector("span").textContent = camera.on ? "Turn off camera" : "Turn on camera";
    toggle.classList.toggle("primary", !camera.on);
    if (camera.on) {
      show(null);
      watch();
    }
    render();
  });
  if (!isSecureContext)
    status.notice(
      "This address is not https, so browsers give the page no camera here. Pictures can be dropped and chosen.",
    );
}

let watching = false;

async function watch() {
  if (watching) return;
  watching = true;
  try {
    for (let n = 0; camera.on; n += 1) {
      await nextFrame();
      if (teaching.holding && shown) show(null);
      if (!camera.seeing || shown) continue;
      await look(n).catch(waitForDevice);
    }
  } catch (error) {
    say(words(error), "bad");
  } finally {
    watching = false;
  }
}

/** One frame: of two, one is learned from and one is told, while a button is held. */
async function look(n) {
  const { holding } = teaching;
  if (holding && n % 2 === 0) teaching.set(await learn(holding, await frame()));
  else if (taught()) teaching.show(await predict(await frame()));
}

/** While a lost device is reopened the camera goes on. */
async function waitForDevice(error) {
  if (error.name !== "DeviceLost") throw error;
  await new Promise((resolve) => setTimeout(resolve, 500));
}

// pictures

function wirePictures() {
  acceptDrops(screen.element, (files) => (isZip(files[0]) ? load(files[0]) : lookAtFile(files)));
  acceptDropsElsewhere(() => say("Drop pictures onto a gesture, or onto the screen.", "bad"));
  document.addEventListener("paste", (event) => {
    const files = pictureFiles(event.clipboardData?.files);
    if (files.length) lookAtFile(files);
  });
}

function lookAtFile(files) {
  const [file] = pictureFiles(files);
  if (!file) return say("That was no picture. PNG, JPEG, WebP, GIF and BMP files will do.", "bad");
  return squareFile(file)
    .then(lookAt)
    .catch((error) => say(words(error), "bad"));
}

/** Shows a picture (Blob), and what it takes it for. */
async function lookAt(picture) {
  show(picture);
  if (!taught()) return say("Show it your gestures first; then it can tell them apart.");
  looks += 1;
  const mine = looks;
  const said = await predict(await createImageBitmap(picture));
  if (mine === looks) teaching.show(said);
  return said;
}

function show(picture) {
  shown = picture;
  screen.show(picture);
}

// what it has learned, in a file

function wireKept() {
  const input = find("import-file");
  onClick("export", async () => {
    download("hands.zip", await worker.call("save"), "application/zip");
  });
  onClick("start-over", async () => (await mayForget("Start over?")) && forgetAll());
  find("import").addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const [file] = input.files;
    input.value = "";
    if (file) load(file);
  });
}

const isZip = (file) => /\.zip$/i.test(file?.name ?? "");

async function load(file) {
  try {
    if (!(await mayForget(`Take what is in ${file.name}?`))) return;
    const bytes = new Uint8Array(await file.arrayBuffer());
    teaching.set((await worker.call("load", { bytes }, [bytes.buffer])).counts);
    say(`It knows ${counted(total(), "picture")} from ${file.name}.`, "good");
  } catch (error) {
    say(words(error), "bad");
  }
}

const total = () => GESTURES.reduce((sum, gesture) => sum + teaching.counts[gesture], 0);

/** Asks before it forgets what it has learned, where that is anything. */
async function mayForget(title) {
  const pictures = counted(total(), "picture");
  return !taught() || ask(title, `It forgets the ${pictures} that it has learned.`, "Forget them");
}

async function forgetAll() {
  for (const gesture of GESTURES) teaching.set(await forget(gesture));
  teaching.show(null);
  find("hint").textContent = advice;
}

// the drawn hands

/** The whole lesson without a camera; its outcome is what the command writes. */
async function tryDrawn() {
  const start = performance.now();
  await forgetAll();
  const drawn = await drawnSamples("rock_paper_scissors");
  const taughtWith = {};
  for (const gesture of GESTURES) {
    const addresses = drawn[gesture].slice(0, TAUGHT);
    await teaching.addPictures(gesture, await Promise.all(addresses.map(fetchPicture)));
    left[gesture] = drawn[gesture].slice(TAUGHT);
    taughtWith[gesture] = addresses.length;
  }
  let [right, tested] = [0, 0];
  for (const gesture of GESTURES) {
    for (const address of left[gesture]) {
      const said = await lookAt(await fetchPicture(address));
      tested += 1;
      right += Number(said.label === gesture);
    }
  }
  show(null);
  teaching.show(null);
  find("hint").textContent =
    `It reads ${right} of ${tested} drawn hands that it has not seen. Now play, or teach it your own.`;
  deal();
  const { rounds, score } = play.match;
  const seconds = (performance.now() - start) / 1000;
  return { accuracy: right / tested, taught: taughtWith, tested, rounds, score, seconds };
}

/** Puts out some drawn hands, as cards to be played. */
function deal() {
  const cards = dealt(left).map(({ gesture, address }) => {
    const image = h("img", { src: address, alt: "", width: 72, height: 72 });
    const label = `Play ${gesture}`;
    const card = h("button", { type: "button", "aria-label": label }, image);
    const round = async () => {
      show(await fetchPicture(address));
      await play.round();
    };
    card.addEventListener("click", () => {
      if (!play.counting) whileBusy(card, round, (sentence) => say(sentence, "bad"));
    });
    return h("li", {}, card);
  });
  keepFocus(
    () => {
      find("cards").replaceChildren(...cards);
      render();
    },
    () => find("go"),
  );
}

// the game

/** What you show when the count is over: the camera, your picture, or else any card. */
async function shownHand() {
  while (camera.on && !shown && !camera.seeing) await nextFrame(); // it has just come back
  if (camera.on && !shown) {
    const said = await predict(await frame());
    teaching.show(said);
    return said;
  }
  if (shown) return lookAt(shown);
  const [card] = dealt(left, 1);
  if (!card) throw new Error("There is no hand to look at: turn on the camera, or drop a picture.");
  return lookAt(await fetchPicture(card.address));
}

function ended() {
  const { rounds, score } = play.match;
  if (globalThis.pywebml.outcome) Object.assign(globalThis.pywebml.outcome, { rounds, score });
  if (camera.on) show(null);
  else shown = null; // it stays to be seen, but the next round wants another
  if (Object.keys(left).length) deal();
  render();
}

function render() {
  const lacks = missing(teaching.counts);
  const hand = camera.on || shown || Object.keys(left).length;
  const why = lacks || (hand ? "" : "Turn on the camera, or drop a picture to be your hand.");
  const go = find("go");
  const { counting } = play;
  for (const card of find("cards").querySelectorAll("button")) card.ariaDisabled = String(counting);
  keepFocus(() => {
    go.disabled = Boolean(lacks);
    for (const id of ["export", "start-over"]) find(id).disabled = !taught();
    find("hold").hidden = Boolean(lacks) || camera.on || !Object.keys(left).length;
  });
  go.textContent = play.match.winner ? "Play another match" : "Play a round";
  find("go-hint").textContent = why;
}

function wireSettings() {
  const form = new Settings(options);
  form.addEventListener("change", ({ detail: { name, value } }) => {
    settings[name] = value;
    if (name === "best_of") play.bestOf = value;
    render();
  });
  find("settings").replaceWith(form.element, form.help);
}

worker.call("ready").then(
  () => document.documentElement.dataset.state === "loading" && become("ready"),
  (error) => status.failed(words(error)),
);
