// Step 1: the cards of the classes. Names, hold-to-record, files, thumbnails.

import { aloud, ask, say } from "../../shared/dialogs.js";
import { counted, h, icon, keepFocus, words } from "../../shared/dom.js";
import { acceptDrops, acceptDropsElsewhere } from "../../shared/dropzone.js";
import { pictureFiles, readSquares } from "../../shared/pictures.js";
import { find } from "../find.js";
import { LEAST_CLASSES, MOST_CLASSES, hueOf } from "./lesson.js";
import { inSight, instead } from "./order.js";
import { Thumbs } from "./thumbs.js";
import { deleted } from "./undo.js";
import { Viewer } from "./viewer.js";

const EVERY = 140; // milliseconds between two pictures while recording

export class Collect {
  #cards = new Map(); // by class key
  #last = null; // the card that was used last: pasted pictures go there

  constructor(classroom, camera) {
    this.classroom = classroom;
    this.camera = camera;
    this.list = find("classes");
    this.viewer = new Viewer(classroom, (key, id) => this.#back(key, id));
    find("add-class").addEventListener("click", () => this.#add());
    classroom.addEventListener("change", () => this.render());
    document.addEventListener("paste", (event) => this.#paste(event));
    acceptDropsElsewhere((files) => {
      const { classes } = this.classroom.lesson;
      const { key } = classes.find((c) => c.key === this.#last) ?? classes[0];
      this.addFiles(key, files);
    });
  }

  render() {
    const keys = [...this.#cards.keys()];
    const focused = document.activeElement?.closest("[data-key]")?.dataset.key;
    const isThere = (key) => this.#cards.has(key);
    keepFocus(
      () => this.#render(),
      () => this.#cards.get(instead(keys, focused, isThere) ?? keys[0])?.record,
    );
  }

  #render() {
    const { lesson } = this.classroom;
    for (const [key, card] of this.#cards) {
      if (lesson.classes.some((c) => c.key === key)) continue;
      card.remove();
      this.#cards.delete(key);
    }
    lesson.classes.forEach(({ key, name }, i) => {
      if (!this.#cards.has(key)) this.#cards.set(key, new ClassCard(this, key));
      const card = this.#cards.get(key);
      if (this.list.children[i] !== card.element)
        this.list.insertBefore(card.element, this.list.children[i] ?? null);
      card.render(name, inSight(lesson, key), lesson);
    });
    find("add-class").hidden = lesson.classes.length >= MOST_CLASSES;
  }

  /** From the large view back to the picture that was seen last, or what is near it. */
  #back(key, id) {
    const card = this.#cards.get(key) ?? this.#cards.get(this.classroom.lesson.classes[0].key);
    card.thumbs.focus(id ?? undefined);
  }

  used(key) {
    this.#last = key;
  }

  /**
   * Adds picture files to a class, each as soon as it is read, and says which could not
   * be.
   */
  async addFiles(key, files) {
    const pictures = pictureFiles(files);
    if (!pictures.length)
      return say("That was no picture. PNG, JPEG, WebP, GIF and BMP files will do.", "bad");
    this.used(key);
    const { classroom } = this;
    const { lesson } = classroom;
    const target = () => lesson.classes.find((c) => c.key === key);
    const wanted = () => classroom.lesson === lesson && Boolean(target());
    const refused = [];
    let added = 0;
    const card = this.#cards.get(key);
    card?.expect(pictures.length);
    let rest = pictures.length;
    const done = () => {
      card?.expect(-1);
      rest -= 1;
    };
    await readSquares(pictures, {
      wanted,
      take: (jpeg) => {
        done();
        if (!wanted()) return;
        classroom.addPictures(key, [jpeg]);
        added += 1;
      },
      refuse: (error) => {
        done();
        refused.push(words(error));
      },
    });
    card?.expect(-rest);
    if (!wanted()) return undefined;
    refused.slice(0, 2).forEach((sentence) => say(sentence, "bad"));
    const others = files.length - pictures.length + Math.max(0, refused.length - 2);
    const left = others ? ` ${counted(others, "file")} could not be read as pictures.` : "";
    const text = `${counted(added, "picture")} added to ${target().name}.${left}`;
    return added || left ? say(text, added ? "good" : "bad") : undefined;
  }

  #add() {
    const { key } = this.classroom.addClass();
    const name = this.#cards.get(key).name;
    name.focus();
    name.select();
  }

  #paste(event) {
    const files = pictureFiles(event.clipboardData?.files);
    if (!files.length || event.target.closest("#use")) return;
    const key =
      event.target.closest("[data-key]")?.dataset.key ??
      this.#last ??
      this.classroom.lesson.classes[0].key;
    event.preventDefault();
    this.addFiles(key, files);
  }
}

class ClassCard {
  #recording = false;
  #expected = 0; // pictures that are being read

  constructor(collect, key) {
    this.collect = collect;
    this.classroom = collect.classroom;
    this.key = key;
    this.name = h("input", {
      class: "name",
      maxLength: 40,
      spellcheck: false,
      autocomplete: "off",
    });
    this.name.addEventListener("change", () => this.#rename());
    this.name.addEventListener("keydown", (event) => event.key === "Enter" && this.name.blur());
    this.count = h("span", { class: "count" });
    this.bin = h(
      "button",
      { type: "button", class: "quiet square", on: { click: () => this.#remove() } },
      icon("cross"),
    );
    this.record = h(
      "button",
      { type: "button", class: "record" },
      icon("camera"),
      h("span", { text: "Hold to record" }),
    );
    this.files = h("input", {
      type: "file",
      accept: "image/*",
      multiple: true,
      hidden: true,
      tabIndex: -1,
    });
    this.files.addEventListener("change", () =>
      this.collect.addFiles(key, [...this.files.files]).then(() => (this.files.value = "")),
    );
    this.choose = h(
      "button",
      { type: "button", class: "square", on: { click: () => this.files.click() } },
      icon("image"),
    );
    this.reading = h("p", { class: "hint", role: "status", hidden: true });
    this.thumbs = new Thumbs({
      show: (id) => collect.viewer.open(id),
      drop: (id) => this.#drop(id),
      none: () => this.record.focus(),
    });
    this.element = h(
      "li",
      { class: "card class", data: { key } },
      h("div", { class: "row" }, this.name, this.count, this.bin),
      h("div", { class: "row" }, this.record, this.choose, this.files),
      this.reading,
      this.thumbs.element,
    );
    this.element.addEventListener("focusin", () => collect.used(key));
    acceptDrops(this.element, (files) => collect.addFiles(key, files));
    this.#holdToRecord();
  }

  render(name, samples, lesson) {
    this.element.style.setProperty("--hue", hueOf(lesson, this.key));
    if (document.activeElement !== this.name) this.name.value = name;
    this.name.setAttribute("aria-label", `Name of class ${name}`);
    this.count.textContent = samples.length;
    this.count.title = counted(samples.length, "picture");
    this.count.setAttribute("aria-label", counted(samples.length, "picture"));
    this.count.setAttribute("role", "img");
    this.bin.setAttribute("aria-label", `Remove class ${name}`);
    this.bin.title = "Remove this class";
    this.bin.hidden = lesson.classes.length <= LEAST_CLASSES;
    this.record.setAttribute("aria-label", `Hold to record ${name}`);
    this.choose.setAttribute("aria-label", `Add picture files to ${name}`);
    this.choose.title = "Add picture files";
    this.files.setAttribute("aria-label", `Picture files for ${name}`);
    this.thumbs.element.setAttribute("aria-label", `Pictures of ${name}`);
    this.thumbs.render(name, samples);
  }

  remove() {
    this.thumbs.clear();
    this.element.remove();
  }

  /** So many more pictures are being read, or fewer. */
  expect(change) {
    this.#expected = Math.max(0, this.#expected + change);
    this.reading.hidden = !this.#expected;
    this.reading.textContent = `Reading ${counted(this.#expected, "picture")}…`;
  }

  /** Deletes a picture; what was deleted can be brought back from the message. */
  #drop(id) {
    this.classroom.removePicture(id);
    deleted(this.classroom, "Picture deleted.");
  }

  #rename() {
    try {
      this.classroom.renameClass(this.key, this.name.value);
    } catch (error) {
      say(words(error), "bad");
    }
    this.name.value = this.classroom.lesson.classes.find((c) => c.key === this.key).name;
  }

  async #remove() {
    const { name } = this.classroom.lesson.classes.find((c) => c.key === this.key);
    const n = this.thumbs.size;
    if (
      n &&
      !(await ask(
        `Remove “${name}”?`,
        `Its ${counted(n, "picture")} will be deleted too.`,
        "Remove",
      ))
    )
      return;
    this.classroom.removeClass(this.key);
    deleted(this.classroom, `Class “${name}” removed.`);
  }

  // recording

  #holdToRecord() {
    const { record } = this;
    const start = () => this.#start();
    const end = () => (this.#recording = false);
    record.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      record.setPointerCapture(event.pointerId);
      start();
    });
    ["pointerup", "pointercancel", "lostpointercapture", "blur"].forEach((name) =>
      record.addEventListener(name, end),
    );
    // a long press on a touch screen
    record.addEventListener("contextmenu", (event) => event.preventDefault());
    record.addEventListener("keydown", (event) => {
      if (event.key !== " " && event.key !== "Enter") return;
      event.preventDefault();
      if (!event.repeat) start();
    });
    record.addEventListener(
      "keyup",
      (event) => (event.key === " " || event.key === "Enter") && end(),
    );
    // assistive technology only clicks
    record.addEventListener("click", (event) => event.detail === 0 && this.#start(true));
  }

  async #start(once = false) {
    const { camera } = this.collect;
    if (this.#recording) return;
    this.collect.used(this.key);
    try {
      if (!camera.on) {
        await camera.start();
        if (camera.on) say("The camera is on. Now hold the button to record.");
        return;
      }
      this.#recording = !once;
      this.#mark(true);
      let taken = 0;
      do {
        const next = new Promise((resolve) => setTimeout(resolve, EVERY));
        if (camera.seeing) {
          this.classroom.addPictures(this.key, [await camera.jpeg()]);
          taken += 1;
        }
        await next;
      } while (this.#recording && camera.on);
      aloud(`${counted(taken, "picture")} recorded.`);
    } catch (error) {
      say(words(error), "bad");
    } finally {
      this.#recording = false;
      this.#mark(false);
    }
  }

  #mark(on) {
    this.classroom.recording = on;
    this.element.classList.toggle("live", on);
    // on a phone what the camera sees is then not laid over it
    const { top } = this.record.getBoundingClientRect();
    this.element.classList.toggle("high", on && top < innerHeight / 2);
    this.record.classList.toggle("on", on);
    find("recording").hidden = !on;
  }
}
