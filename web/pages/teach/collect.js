// Step 1: the cards of the classes, and the pictures that come to them.

import { say } from "../../shared/dialogs.js";
import { counted, keepFocus, words } from "../../shared/dom.js";
import { acceptDropsElsewhere } from "../../shared/dropzone.js";
import { pictureFiles, readSquares } from "../../shared/pictures.js";
import { find } from "../find.js";
import { ClassCard } from "./class_card.js";
import { MOST_CLASSES } from "./lesson.js";
import { inSight, instead } from "./order.js";
import { Recording } from "./recording.js";
import { Viewer } from "./viewer.js";

export class Collect {
  #cards = new Map(); // by class key
  #last = null; // the card that was used last: pasted pictures go there

  constructor(classroom, camera) {
    this.classroom = classroom;
    this.recording = new Recording(classroom, camera, (key) => {
      if (key) this.used(key);
      this.#cards.forEach((card) => card.mark());
    });
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
