// Step 1: the cards of the classes, and the pictures that come to them.

import { keepFocus } from "../../shared/dom.js";
import { acceptDropsElsewhere } from "../../shared/dropzone.js";
import { pictureFiles } from "../../shared/pictures.js";
import { find } from "../find.js";
import { ClassCard } from "./class_card.js";
import { Intake } from "./intake.js";
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
    this.intake = new Intake(classroom, (key) => this.#cards.get(key));
    acceptDropsElsewhere((_, transfer) => this.intake.drop(transfer, this.#current, false));
  }

  render() {
    const keys = [...this.#cards.keys()];
    const { activeElement: element } = document;
    const focused = element?.closest("[data-key]")?.dataset.key;
    const isThere = (key) => this.#cards.has(key);
    // of a card that stands elsewhere now, the same button
    const rest = () =>
      this.list.contains(element)
        ? element
        : this.#cards.get(instead(keys, focused, isThere) ?? keys[0])?.record;
    keepFocus(() => this.#render(), rest);
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

  /** The class that was used last, else the first. */
  get #current() {
    const { classes } = this.classroom.lesson;
    return (classes.find((c) => c.key === this.#last) ?? classes[0]).key;
  }

  used(key) {
    this.#last = key;
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
    const key = event.target.closest("[data-key]")?.dataset.key ?? this.#current;
    event.preventDefault();
    this.used(key);
    this.intake.add(key, files);
  }
}
