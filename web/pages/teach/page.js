// The Teach page: opens the worker and the storage, and ties the three steps to them.

import { Camera, Screen } from "../../shared/camera.js";
import { say } from "../../shared/dialogs.js";
import { counted, h, icon, keepFocus, words } from "../../shared/dom.js";
import { openPage, whileBusy } from "../../shared/opening.js";
import { drawnSamples, fetchPicture, squareFile } from "../../shared/pictures.js";
import { described } from "../../shared/settings.js";
import { t } from "../../shared/language.js";
import { find } from "../find.js";
import { Classroom } from "./classroom.js";
import { Collect } from "./collect.js";
import { classesFor } from "./folders.js";
import { Judge } from "./judge.js";
import { obstacle } from "./lesson.js";
import { createArcade } from "./maze/arcade.js";
import { ProjectPart } from "./project_part.js";
import { Storage } from "./storage.js";
import { Together } from "./together.js";
import { Train } from "./train.js";
import { TAUGHT_WITH, Use } from "./use.js";

const SETTINGS = ["units", "learning_rate", "batch_fraction", "epochs"]; // that the page shows

const { worker, status } = openPage((event) => {
  if (event.event !== "restored") return;
  say(t`The graphics device is back, with your pictures and what it learned.`, "good");
  classroom.looking.start();
});
const camera = new Camera();
const app = await described("teach");
const options = SETTINGS.map((name) => app.options.find((option) => option.name === name));
const classroom = new Classroom(worker, options);
classroom.addEventListener("trouble", (event) => say(words(event.detail), "bad"));
const storage = new Storage(classroom, status, say);
const opened = storage.open();
// what was kept should come before the page of an empty lesson; but not every browser answers
await Promise.race([opened, new Promise((resolve) => setTimeout(resolve, 500))]);
const arcade = createArcade(find("arcade"));
const screen = new Screen(
  camera,
  icon("camera", "big"),
  h("p", { text: t`Your camera's picture shows here. It is never uploaded.` }),
);
find("collect-screen").prepend(screen.element);
const { intake } = new Collect(classroom, camera);
const train = new Train(classroom);
const use = new Use(classroom, camera, (direction) => arcade.steer(direction));
new Judge(classroom);
new Together(classroom);

wireCamera();
new ProjectPart(classroom, () => use.stop(), intake);
onClick("drawn", tryDrawn);
if (!isSecureContext)
  status.notice(
    t`This address is not https, so browsers give the page no camera here, and it works online only. Pictures can be dropped, pasted and chosen.`,
  );
classroom.dispatchEvent(new Event("change"));
await classroom.start().catch((error) => status.failed(words(error)));

/** A button that does a job, one at a time. */
function onClick(id, job) {
  const button = find(id);
  button.addEventListener("click", () =>
    whileBusy(button, job, (sentence) => say(sentence, "bad")),
  );
}

// camera

function wireCamera() {
  const toggle = find("camera-toggle");
  const choice = find("camera-choice");
  const mirror = find("mirror");
  onClick("camera-toggle", async () =>
    camera.on ? camera.stop() : await camera.start(choice.value),
  );
  choice.addEventListener("change", () =>
    camera.start(choice.value).catch((error) => say(words(error), "bad")),
  );
  mirror.addEventListener("change", () => {
    camera.mirror = mirror.checked;
    classroom.set("mirror", mirror.checked);
  });
  classroom.addEventListener("change", () => {
    camera.mirror = mirror.checked = classroom.lesson.settings.mirror;
  });
  navigator.mediaDevices?.addEventListener?.("devicechange", () => camera.on && listCameras());
  camera.addEventListener("trouble", (event) => say(event.detail, "bad"));
  camera.addEventListener("change", async () => {
    toggle.querySelector("span").textContent = camera.on ? t`Turn off camera` : t`Turn on camera`;
    toggle.classList.toggle("primary", !camera.on);
    if (camera.on) await listCameras();
  });

  async function listCameras() {
    const cameras = await camera.list();
    choice.replaceChildren(
      ...cameras.map(({ id, name }) => h("option", { value: id, text: name })),
    );
    choice.value = camera.id;
    keepFocus(() => (find("camera-field").hidden = cameras.length < 2));
  }
}

// drawn samples

/** The whole lesson without a camera: the drawn samples, and a training on them. */
async function tryDrawn() {
  await addDrawn();
  use.setSource("cards");
  if (obstacle(classroom.lesson)) return;
  find("train").scrollIntoView();
  await train.train();
}

/**
 * Fills classes of the sample set's names with its pictures; those that are missing are
 * added.
 */
async function addDrawn() {
  const drawn = await drawnSamples();
  const names = Object.keys(drawn);
  const keys = classesFor(classroom, names, () => true);
  let added = 0;
  for (const [name, key] of keys) {
    const pictures = await Promise.all(
      drawn[name].slice(0, TAUGHT_WITH).map((address) => fetchPicture(address).then(squareFile)),
    );
    classroom.addPictures(key, pictures);
    added += pictures.length;
  }
  say(t`${counted(added, "drawn hand")} added: ${names.join(", ")}.`, "good");
}
