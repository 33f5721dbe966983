// What else can be done with a class: it can be moved, switched off, emptied, and its
// pictures saved. A grip, which is dragged or takes arrow keys, and buttons behind one.

import { aloud, say } from "../../shared/dialogs.js";
import { counted, download, h, icon, keepFocus, words } from "../../shared/dom.js";
import { zip } from "../../shared/zip.js";
import { t } from "../../shared/language.js";
import { isOn, samplesOf } from "./lesson.js";
import { fileName, folderNames } from "./names.js";
import { picturesOf } from "./project.js";
import { deleted } from "./undo.js";

const HOW = t`Drag it, or press arrow keys, to move the class`;
const STEPS = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1, Home: -99, End: 99 };

export class ClassTools {
  #name = "";
  #target = null; // while it is dragged: the card it is over

  constructor(classroom, key) {
    Object.assign(this, { classroom, key });
    this.grip = h("button", { type: "button", class: "quiet grip", title: HOW }, icon("grip"));
    this.toggle = h(
      "button",
      {
        type: "button",
        class: "quiet square",
        title: t`More`,
        on: { click: () => this.#unfold() },
      },
      icon("more"),
    );
    this.toggle.setAttribute("aria-expanded", "false");
    this.buttons = {
      switch: this.#button("", () => this.#switch()),
      back: this.#button(t`Move back`, () => this.#move(-1)),
      on: this.#button(t`Move on`, () => this.#move(1)),
      empty: this.#button(t`Empty`, () => this.#empty()),
      save: this.#button(t`Save pictures`, () => this.#save()),
    };
    this.element = h("div", { class: "row tools", hidden: true }, ...Object.values(this.buttons));
    this.#listen();
  }

  render(name, pictures, lesson) {
    this.#name = name;
    const { buttons } = this;
    const place = lesson.classes.findIndex((c) => c.key === this.key);
    buttons.switch.textContent = isOn(lesson, this.key) ? t`Switch off` : t`Switch on`;
    this.grip.setAttribute("aria-label", t`Move class ${name}`);
    this.toggle.setAttribute("aria-label", t`More for class ${name}`);
    for (const button of Object.values(buttons))
      button.setAttribute("aria-label", t`${button.textContent}: class ${name}`);
    // disabled in words only: the focus stays
    const disable = (button, on) => button.setAttribute("aria-disabled", String(on));
    disable(buttons.back, place === 0);
    disable(buttons.on, place === lesson.classes.length - 1);
    disable(buttons.empty, !pictures);
    disable(buttons.save, !pictures);
  }

  #button(text, click) {
    return h("button", { type: "button", class: "quiet", text, on: { click } });
  }

  #unfold() {
    const { element, toggle } = this;
    keepFocus(
      () => (element.hidden = !element.hidden),
      () => toggle,
    );
    toggle.setAttribute("aria-expanded", String(!element.hidden));
  }

  #switch() {
    const on = !isOn(this.classroom.lesson, this.key);
    this.classroom.switchClass(this.key, on);
    const name = this.#name;
    deleted(
      this.classroom,
      on ? t`“${name}” is trained on again.` : t`“${name}” is kept, but not trained on.`,
    );
  }

  #move(by) {
    const { classes } = this.classroom.lesson;
    this.#moveTo(classes.findIndex((c) => c.key === this.key) + by);
  }

  #moveTo(place) {
    const last = this.classroom.lesson.classes.length - 1;
    this.classroom.moveClass(this.key, Math.max(0, Math.min(last, place)));
    const now = this.classroom.lesson.classes.findIndex((c) => c.key === this.key);
    aloud(t`${this.#name} is number ${now + 1} of ${last + 1}.`);
  }

  #empty() {
    const n = samplesOf(this.classroom.lesson, this.key).length;
    if (!n) return;
    this.classroom.emptyClass(this.key);
    deleted(this.classroom, t`${counted(n, "picture")} of “${this.#name}” deleted.`);
  }

  async #save() {
    const [folder] = folderNames([this.#name]);
    const files = await picturesOf(this.classroom.lesson, this.key, folder);
    const n = Object.keys(files).length;
    if (!n) return;
    try {
      const name = `${fileName(this.classroom.lesson.title, this.#name)}.zip`;
      download(name, zip(files), "application/zip");
      say(t`${counted(n, "picture")} saved as ${name}.`, "good");
    } catch (error) {
      say(words(error), "bad");
    }
  }

  #listen() {
    const { grip } = this;
    grip.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#over(null);
      if (!(event.key in STEPS) || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      this.#move(STEPS[event.key]);
    });
    grip.addEventListener("click", ({ detail }) => detail === 0 && aloud(`${HOW}.`));
    grip.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      grip.setPointerCapture(event.pointerId);
      this.#over(grip.closest(".class"));
    });
    grip.addEventListener("pointermove", ({ clientX, clientY }) => {
      const over = document.elementFromPoint(clientX, clientY)?.closest(".class");
      if (this.#target && over) this.#over(over);
    });
    grip.addEventListener("pointerup", () => {
      const card = this.#target;
      this.#over(null);
      if (card) this.#moveTo([...card.parentElement.children].indexOf(card));
    });
    grip.addEventListener("pointercancel", () => this.#over(null));
  }

  /** It is dragged over a card, or no longer (null). */
  #over(card) {
    this.#target?.classList.remove("target");
    this.#target = card;
    card?.classList.add("target");
    this.grip.closest(".class").classList.toggle("dragged", card !== null);
  }
}
