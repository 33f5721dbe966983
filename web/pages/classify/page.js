// What is in a picture: has the worker look, and shows what it sees, where, and by which
// layers.

import { Camera, Screen } from "../../shared/camera.js";
import { say } from "../../shared/dialogs.js";
import { h, icon, nextFrame, percent, words } from "../../shared/dom.js";
import { acceptDrops, acceptDropsElsewhere } from "../../shared/dropzone.js";
import { acceptIncoming } from "../../shared/incoming.js";
import { openPage, whileBusy, working } from "../../shared/opening.js";
import { drawnSamples, fetchPicture, pictureFiles, squareFile } from "../../shared/pictures.js";
import { find } from "../find.js";
import { Answers, Overlay } from "./answers.js";
import { wireAddresses } from "./by_address.js";
import { Inside } from "./inside.js";
import { areOfKeras, holdNetwork } from "./networks.js";
import { namesOf, Steady, scoreOf } from "./steady.js";

const OFTEN = 400; // milliseconds between two looks at an inner layer, of a camera's frames
const OWN = ""; // stands for it in the list
const EMPTY = "Show it a picture, or try the drawn ones.";
const NOTHING = "That was no picture. PNG, JPEG, WebP, GIF and BMP files will do.";

const { worker, status } = openPage(({ event }) => {
  if (event === "restored" && shown) lookAt(shown).catch(trouble);
});
const camera = new Camera();
const screen = new Screen(camera, icon("image", "big"), h("p", { text: "What it looks at" }));
const overlay = new Overlay();
const answers = new Answers();
const inside = new Inside();
const steady = new Steady();
const places = new Map(); // where each class was seen last, by its number
const networks = new Map(); // files of those that were added, by name
let shown = null; // the picture that is looked at (Blob), while it is no camera's
let looks = 0; // pictures looked at so far: an answer about an earlier one comes too late
let network = null; // what the worker says of the one that looks
let own = ""; // what the page's own is called

find("screen").replaceWith(screen.element);
screen.element.append(overlay.element);
find("bars").replaceWith(answers.element);
find("inside").replaceWith(inside.element);
answers.addEventListener("change", showPlace);
inside.addEventListener("change", () => showLayer().catch(trouble));
find("heat").addEventListener("change", ({ target }) => (overlay.on = target.checked));
wireCamera();
wirePictures();
wireNetworks();
onClick("drawn", () => working(tryDrawn));

function onClick(id, job) {
  const button = find(id);
  button.addEventListener("click", () => whileBusy(button, job, (text) => say(text, "bad")));
}

const trouble = (error) => say(words(error), "bad");

// looking

/** Looks at a picture or frame, and shows what it sees; null where another came meanwhile. */
async function look(image, mirror) {
  looks += 1;
  const mine = looks;
  const seen = await worker.call("look", { image, mirror }, [image]);
  if (mine !== looks) return null;
  if (shown) {
    steady.clear();
    places.clear();
  }
  seen.top.forEach((guess, i) => places.set(guess.class, { ...seen, heat: seen.heat[i] }));
  answers.show(steady.add(seen.top));
  showPlace();
  return seen;
}

function showPlace() {
  const guess = answers.shown;
  const place = guess && places.get(guess.class);
  if (!place) return overlay.clear();
  overlay.show(place.heat, place.width, place.height);
  if (shown)
    find("hint").textContent =
      `Bright is what speaks for ${guess.label}, ${percent(guess.probability)}. Choose another to see what speaks for that.`;
}

/** Looks at a picture (Blob). */
async function lookAt(picture) {
  shown = picture;
  camera.stop();
  screen.show(picture);
  overlay.clear();
  answers.unchoose();
  const seen = await look(await createImageBitmap(picture), false);
  if (seen) await showLayer();
  return seen;
}

let showing = false;
let again = false;

/** Shows the chosen layer; what is chosen meanwhile right after. */
async function showLayer() {
  if (!looks || !inside.layer) return;
  again = showing;
  if (showing) return;
  showing = true;
  try {
    do {
      again = false;
      const { name } = inside.layer;
      const tiles = await worker.call("activations", { layer: name });
      if (name === inside.layer.name) inside.show(tiles);
    } while (again);
  } catch (error) {
    // another network looks by now, and has not looked yet
    if (error.name !== "RuntimeError") throw error;
  } finally {
    showing = false;
  }
}

// the camera

function wireCamera() {
  const toggle = find("camera-toggle");
  onClick("camera-toggle", async () => (camera.on ? camera.stop() : await camera.start()));
  find("mirror").addEventListener("change", ({ target }) => (camera.mirror = target.checked));
  camera.addEventListener("trouble", ({ detail }) => say(detail, "bad"));
  camera.addEventListener("change", () => {
    toggle.querySelector("span").textContent = camera.on ? "Turn off camera" : "Turn on camera";
    toggle.classList.toggle("primary", !camera.on);
    if (camera.on) watch().catch(trouble);
    else if (!shown) clear();
  });
  if (!isSecureContext)
    status.notice(
      "This address is not https, so browsers give the page no camera here. Pictures can be dropped and chosen.",
    );
}

let watching = false;

/** Frame by frame. */
async function watch() {
  shown = null;
  screen.show(null);
  clear();
  find("hint").textContent = "It looks all the time. Choose a class to see what speaks for it.";
  if (watching) return;
  watching = true;
  let last = 0;
  try {
    while (camera.on) {
      await nextFrame();
      if (!camera.seeing) continue;
      try {
        await look(await camera.picture(), camera.mirror);
        if (performance.now() - last < OFTEN) continue;
        await showLayer();
        last = performance.now();
      } catch (error) {
        if (error.name !== "DeviceLost") throw error;
        await new Promise((resolve) => setTimeout(resolve, 500)); // it is reopened
      }
    }
  } finally {
    watching = false;
  }
}

/** Nothing is looked at. */
function clear() {
  looks += 1; // what is under way comes too late
  steady.clear();
  places.clear();
  overlay.clear();
  answers.clear();
  inside.clear();
  find("hint").textContent = EMPTY;
}

// pictures

function wirePictures() {
  const input = find("file");
  find("choose").addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const files = [...input.files];
    input.value = "";
    take(files);
  });
  acceptDrops(screen.element, take);
  acceptDropsElsewhere(take);
  acceptIncoming(take);
  document.addEventListener("paste", (event) => {
    const files = pictureFiles(event.clipboardData?.files);
    if (files.length) take(files);
  });
  wireAddresses({
    form: find("by-address"),
    take: (picture) => take([picture]),
    refuse: (why) => say(why, "bad"),
  });
}

/** Files that were dropped, chosen or pasted: a picture, or a network. */
async function take(files) {
  try {
    const [picture] = pictureFiles(files);
    if (picture) await lookAt(await squareFile(picture));
    else if (holdNetwork(files)) await addNetwork(files);
    else say(NOTHING, "bad");
  } catch (error) {
    trouble(error);
  }
}

// networks

function wireNetworks() {
  const input = find("network-file");
  find("add").addEventListener("click", () => input.click());
  input.addEventListener("change", async () => {
    const files = [...input.files];
    input.value = "";
    await addNetwork(files).catch(trouble);
  });
  find("network").addEventListener("change", ({ target }) => {
    const files = networks.get(target.value);
    const coming = files ? loaded(files) : worker.call("own");
    coming.then(use).catch((error) => {
      list();
      trouble(error);
    });
  });
}

async function addNetwork(files) {
  const added = await loaded(files);
  networks.set(added.name, files);
  await use(added);
  say(`${added.name} looks now.`, "good");
}

async function loaded(files) {
  const entries = await Promise.all(
    files.map(async (file) => [file.name, new Uint8Array(await file.arrayBuffer())]),
  );
  const contents = Object.fromEntries(entries);
  const method = areOfKeras(contents) ? "load_keras" : "load";
  const buffers = entries.map(([, bytes]) => bytes.buffer);
  return worker.call(method, { files: contents }, buffers);
}

/** Another network looks from now on: `told` is what the worker says of it. */
async function use(told) {
  network = told;
  list();
  inside.layers = network.layers;
  const picture = shown;
  clear();
  if (picture) await lookAt(picture);
}

/** The networks there are; the page's own has no name. */
function list() {
  if (network.own) own = network.name;
  const added = [...networks.keys()].map((name) => h("option", { value: name, text: name }));
  const mine = h("option", { value: OWN, text: `${own}, this page’s` });
  find("network").replaceChildren(mine, ...added);
  find("network").value = network.own ? OWN : network.name;
  const classes = network.classes.toLocaleString("en");
  find("about").textContent = network.own
    ? `It knows ImageNet’s ${classes} classes. Add a TensorFlow.js layers model (model.json with its weights, or a zip), or Keras’s .h5 or .keras; Teachable Machine exports both.`
    : `It knows ${classes} classes. Pictures go in as values from −1 to 1, ${network.input_size.join(" by ")} pixels.`;
}

// the drawn pictures

let things = {}; // {name: address}

async function showThings() {
  const drawn = await drawnSamples("things");
  things = Object.fromEntries(Object.entries(drawn).map(([name, [address]]) => [name, address]));
  const buttons = Object.entries(things).map(([name, address]) => {
    const image = h("img", { src: address, alt: "", width: 64, height: 64 });
    const button = h("button", { type: "button", "aria-label": `Look at: ${name}` }, image);
    button.addEventListener("click", () =>
      whileBusy(
        button,
        async () => lookAt(await fetchPicture(address)),
        (text) => say(text, "bad"),
      ),
    );
    return h("li", {}, button);
  });
  find("things").replaceChildren(...buttons);
}

/** All of them, one after the other; the outcome is what the command writes. */
async function tryDrawn() {
  const start = performance.now();
  if (!Object.keys(things).length) await showThings();
  const pictures = [];
  for (const [name, address] of Object.entries(things)) {
    const seen = await lookAt(await fetchPicture(address));
    if (!seen) throw new Error("Another picture came in between; try the drawn ones again.");
    pictures.push({ picture: name, top: seen.top });
  }
  const score = scoreOf(pictures);
  const { name, method } = network ?? (await worker.call("network"));
  const two = Object.keys(things).find((each) => namesOf(each).length > 1); // to choose from
  if (two) await lookAt(await fetchPicture(things[two]));
  say(`It sees ${score.right} of ${score.tested} drawn things as what they are.`, "good");
  const seconds = (performance.now() - start) / 1000;
  return { network: name, method, pictures, ...score, seconds };
}

showThings().catch(trouble);
try {
  await worker.call("ready");
  network = await worker.call("network");
  list();
  inside.layers = network.layers;
  if (!looks) find("hint").textContent = EMPTY;
} catch (error) {
  status.failed(words(error));
}
