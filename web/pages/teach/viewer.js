// One picture, large, in a dialog: the next and the one before, another class, deletion.
// It follows the lesson: a picture that is gone makes room for its neighbour, and comes
// back to sight when its deletion is undone.

import { openDialog } from "../../shared/dialogs.js";
import { h, icon } from "../../shared/dom.js";
import { t } from "../../shared/language.js";
import { hueOf, nameOf } from "./lesson.js";
import { beside, inSight, instead } from "./order.js";
import { deleted } from "./undo.js";

const SWIPE = 40; // CSS pixels

export class Viewer {
  #id = null; // the picture that is shown
  #key = null; // its class
  #ids = []; // of that class, in order
  #gone = null; // the picture that was shown before one was deleted
  #shown = null; // the Blob on screen

  /** `left(key, id)` is called when it is closed: the picture seen last, or null. */
  constructor(classroom, left) {
    Object.assign(this, { classroom, left });
    this.title = h("h2");
    this.place = h("p", { class: "hint", role: "status" });
    this.image = h("img", { draggable: false });
    this.missing = h("p", { text: t`This picture was not kept, only what the network saw in it.` });
    this.before = this.#button("arrow", t`The picture before (left arrow)`, () => this.#step(-1));
    this.next = this.#button("arrow", t`The next picture (right arrow)`, () => this.#step(1));
    const close = this.#button("cross", t`Close`, () => this.element.close());
    const bin = this.#button("bin", t`Delete this picture`, () => this.#drop());
    bin.append("Delete");
    bin.classList.remove("square");
    this.classes = h("select", { on: { change: () => this.#move() } });
    this.stage = h("div", { class: "stage" }, this.before, this.image, this.missing, this.next);
    this.element = h(
      "dialog",
      { class: "viewer", tabIndex: -1 },
      h("div", { class: "row head" }, this.title, this.place, close),
      this.stage,
      h("div", { class: "row" }, h("label", { class: "field" }, t`Class`, this.classes), bin),
    );
    this.next.autofocus = true;
    document.body.append(this.element);
    this.#listen();
  }

  /** Shows a picture. */
  open(id) {
    this.#gone = null;
    this.#show(id);
    openDialog(this.element);
  }

  #button(name, label, click) {
    const props = { type: "button", class: "square", title: label, on: { click } };
    return h("button", { ...props, "aria-label": label.replace(/ \(.*/, "") }, icon(name));
  }

  #listen() {
    const { element, classroom } = this;
    classroom.addEventListener("change", () => element.open && this.#follow());
    element.addEventListener("keydown", (event) => this.#pressed(event));
    element.addEventListener("click", ({ target }) => target === element && element.close());
    element.addEventListener("close", () => {
      this.#picture(null);
      this.left(this.#key, this.#id);
    });
    let from = null;
    this.stage.addEventListener("pointerdown", ({ clientX }) => (from = clientX));
    this.stage.addEventListener("pointercancel", () => (from = null));
    this.stage.addEventListener("pointerup", ({ clientX }) => {
      const by = from === null ? 0 : from - clientX;
      if (Math.abs(by) >= SWIPE) this.#step(Math.sign(by));
      from = null;
    });
  }

  #pressed(event) {
    if (event.target === this.classes || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = {
      ArrowLeft: () => this.#step(-1),
      ArrowRight: () => this.#step(1),
      Delete: () => this.#drop(),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  #step(by) {
    const id = beside(this.#ids, this.#id, by);
    if (id) this.#show(id);
  }

  #drop() {
    const id = this.#id;
    this.classroom.removePicture(id);
    this.#gone = id;
    deleted(this.classroom, t`Picture deleted.`);
  }

  #move() {
    const key = this.classes.value;
    this.classroom.movePicture(this.#id, key);
    deleted(this.classroom, t`Moved to “${nameOf(this.classroom.lesson, key)}”.`);
  }

  /** The lesson has changed: classes, pictures, or all of it. */
  #follow() {
    const { samples } = this.classroom.lesson;
    const isThere = (id) => samples.has(id);
    const id = isThere(this.#gone) ? this.#gone : instead(this.#ids, this.#id, isThere);
    if (id === this.#gone) this.#gone = null;
    if (id) this.#show(id);
    else {
      this.#id = null;
      this.element.close();
    }
  }

  #show(id) {
    const { lesson } = this.classroom;
    const { key, picture } = lesson.samples.get(id);
    this.#id = id;
    this.#key = key;
    this.#ids = inSight(lesson, key).map((s) => s.id);
    const at = this.#ids.indexOf(id);
    const name = nameOf(lesson, key);
    const where = t`Picture ${at + 1} of ${this.#ids.length}`;
    this.element.style.setProperty("--hue", hueOf(lesson, key));
    this.element.setAttribute("aria-label", t`A picture of ${name}`);
    this.title.textContent = name;
    this.place.textContent = where;
    this.#picture(picture);
    this.image.alt = t`${where} of ${name}`;
    // disabled in words only: the focus stays
    this.before.setAttribute("aria-disabled", String(at === 0));
    this.next.setAttribute("aria-disabled", String(at === this.#ids.length - 1));
    const options = lesson.classes.map((c) => h("option", { value: c.key, text: c.name }));
    this.classes.replaceChildren(...options);
    this.classes.value = key;
  }

  #picture(picture) {
    if (picture === this.#shown) return;
    if (this.#shown) URL.revokeObjectURL(this.image.src);
    this.#shown = picture;
    this.image.hidden = !picture;
    this.missing.hidden = Boolean(picture);
    if (picture) this.image.src = URL.createObjectURL(picture);
    else this.image.removeAttribute("src");
  }
}
