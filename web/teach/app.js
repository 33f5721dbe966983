// The Teach page: opens the worker and the store, and ties the three steps to them.

import { boot, onlyTab } from "../boot.js";
import { createArcade } from "../pacman/arcade.js";
import { Camera } from "./camera.js";
import { Classroom } from "./classroom.js";
import { Collect } from "./collect.js";
import { ask, counted, download, find, h, say, words } from "./dom.js";
import { samplesOf } from "./lesson.js";
import { drawnSamples, fetchPicture, squareFile } from "./pictures.js";
import { Host } from "./host.js";
import { Store } from "./store.js";
import { Train } from "./train.js";
import { TAUGHT_WITH, Use } from "./use.js";

const camera = new Camera();
camera.show(find("camera-view"));

const host = new Host();
const worker = boot({ onEvent: (event) => heard(event) });
const classroom = new Classroom(worker, await openStore());
const arcade = createArcade(find("arcade"));
const collect = new Collect(classroom, camera);
new Train(classroom);
const use = new Use(classroom, camera, (direction) => arcade.steer(direction));

classroom.addEventListener("trouble", (event) => say(words(event.detail), "bad"));
wireCamera();
wireProject();
find("drawn").addEventListener("click", () => whileBusy(find("drawn"), tryDrawn));
await classroom.open().then(
  () => host.ready(classroom.info),
  (error) => host.failed(words(error)),
);

/**
 * Opens IndexedDB; without it, or in a second tab, the page works but keeps nothing,
 * and says so.
 */
async function openStore() {
  try {
    const only = await onlyTab();
    if (!only) host.notice("This lesson is open in another tab too. What you do here is not kept.");
    return await Store.open(only);
  } catch {
    host.notice(
      "This browser keeps nothing for this page (private mode?). Export the project before you leave.",
    );
    return null;
  }
}

function heard(event) {
  if (event.event === "boot") host.booting(event);
  if (event.event === "failed") host.failed(event.message);
  if (event.event === "lost") host.lost(event.message);
  if (event.event === "restored") {
    host.ready(event.info);
    say("The graphics device is back, with your pictures and what it learned.", "good");
    classroom.lookAgain();
  }
}

// -------------------------------------------------------------------------------------------------------------
// camera

function wireCamera() {
  const toggle = find("camera-toggle");
  const choice = find("camera-choice");
  const start = (id) => camera.start(id).catch((error) => say(words(error), "bad"));
  toggle.addEventListener("click", () =>
    camera.on ? camera.stop() : whileBusy(toggle, () => start(choice.value)),
  );
  choice.addEventListener("change", () => start(choice.value));
  find("mirror").addEventListener("change", (event) => setMirror(event.target.checked));
  classroom.addEventListener("change", () => setMirror(classroom.lesson.settings.mirror, false));
  navigator.mediaDevices?.addEventListener?.("devicechange", () => camera.on && listCameras());
  camera.addEventListener("change", async () => {
    toggle.querySelector("span").textContent = camera.on ? "Turn off camera" : "Turn on camera";
    toggle.classList.toggle("primary", !camera.on);
    find("collect-screen").classList.toggle("on", camera.on);
    if (camera.on) await listCameras();
  });

  async function listCameras() {
    const cameras = await camera.list();
    choice.replaceChildren(
      ...cameras.map(({ id, name }) => h("option", { value: id, text: name })),
    );
    choice.value = camera.id;
    find("camera-field").hidden = cameras.length < 2;
  }

  function setMirror(on, keep = true) {
    camera.mirror = on;
    find("mirror").checked = on;
    ["collect-screen", "watch-screen"].forEach((id) => find(id).classList.toggle("mirrored", on));
    if (keep) classroom.set("mirror", on);
  }
}

// -------------------------------------------------------------------------------------------
// drawn samples, the project

/**
 * Fills classes of the sample set's names with its pictures; those that are missing are
 * added.
 */
async function tryDrawn() {
  const drawn = await drawnSamples();
  const names = Object.keys(drawn);
  const { lesson } = classroom;
  if (!lesson.samples.size) {
    const strangers = lesson.classes.filter((c) => !names.includes(c.name.toLowerCase()));
    const missing = names.filter(
      (name) => !lesson.classes.some((c) => c.name.toLowerCase() === name),
    );
    missing.forEach((name) =>
      strangers.length
        ? classroom.renameClass(strangers.shift().key, name)
        : classroom.addClass(name),
    );
    strangers.forEach(({ key }) => classroom.removeClass(key));
  }
  let added = 0;
  for (const name of names) {
    const target =
      lesson.classes.find((c) => c.name.toLowerCase() === name) ?? classroom.addClass(name);
    const pictures = await Promise.all(
      drawn[name].slice(0, TAUGHT_WITH).map((address) => fetchPicture(address).then(squareFile)),
    );
    classroom.addPictures(target.key, pictures);
    added += pictures.length;
  }
  use.setSource("cards");
  say(`${counted(added, "drawn hand")} added: ${names.join(", ")}. Now train.`, "good");
}

function wireProject() {
  const file = find("import-file");
  find("export").addEventListener("click", () => whileBusy(find("export"), exportProject));
  find("import").addEventListener("click", () => file.click());
  file.addEventListener("change", () =>
    whileBusy(find("import"), () => importProject(file.files[0])).then(() => (file.value = "")),
  );
  find("start-over").addEventListener("click", () => whileBusy(find("start-over"), startOver));
}

async function exportProject() {
  const zip = await classroom.exportProject();
  download(`teach-${new Date().toISOString().slice(0, 10)}.zip`, zip, "application/zip");
  say("Exported. The zip holds your pictures in class folders and what was trained.", "good");
}

async function importProject(zip) {
  if (!zip) return;
  const full = classroom.lesson.samples.size > 0;
  if (
    full &&
    !(await ask(
      "Replace this project?",
      "The classes and pictures that are here now will be deleted.",
      "Replace",
    ))
  )
    return;
  await classroom.importProject(new Uint8Array(await zip.arrayBuffer()));
  say(
    `Imported ${counted(classroom.lesson.samples.size, "picture")} of ${counted(classroom.lesson.classes.length, "class", "classes")}.`,
    "good",
  );
}

async function startOver() {
  const n = [...classroom.lesson.classes].reduce(
    (sum, { key }) => sum + samplesOf(classroom.lesson, key).length,
    0,
  );
  const text = `${counted(n, "picture")}, all classes and what was trained will be deleted from this browser.`;
  if (!(await ask("Start over?", text, "Start over"))) return;
  use.stop();
  await classroom.startOver();
  say("A fresh start.");
}

/** Runs a job of a button, which stays disabled meanwhile; what goes wrong is said. */
async function whileBusy(button, job) {
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  try {
    await job();
  } catch (error) {
    say(words(error), "bad");
  } finally {
    button.disabled = false;
    button.removeAttribute("aria-busy");
  }
}
