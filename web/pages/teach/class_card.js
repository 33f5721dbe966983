// The card of a class: its name, the button that records, picture files, its pictures.

import { ask, say } from "../../shared/dialogs.js";
import { counted, h, icon, words } from "../../shared/dom.js";
import { acceptDrops } from "../../shared/dropzone.js";
import { t } from "../../shared/language.js";
import { LEAST_CLASSES, hueOf, isOn } from "./lesson.js";
import { ClassTools } from "./class_tools.js";
import { RecordButton } from "./record_button.js";
import { Thumbs } from "./thumbs.js";
import { deleted } from "./undo.js";

export class ClassCard {
  #expected = 0; // pictures that are being read

  constructor(collect, key) {
    this.collect = collect;
    this.classroom = collect.classroom;
    this.key = key;
    this.tools = new ClassTools(this.classroom, key);
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
    this.record = new RecordButton(collect.recording.recorder, key);
    this.files = h("input", {
      type: "file",
      accept: "image/*",
      multiple: true,
      hidden: true,
      tabIndex: -1,
    });
    this.files.addEventListener("change", () =>
      collect.intake.add(key, [...this.files.files]).then(() => (this.files.value = "")),
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
      none: () => this.record.element.focus(),
    });
    this.element = h(
      "li",
      { class: "card class", data: { key } },
      h(
        "div",
        { class: "row" },
        this.tools.grip,
        this.name,
        this.count,
        this.tools.toggle,
        this.bin,
      ),
      this.tools.element,
      h("div", { class: "row" }, this.record.element, this.choose, this.files),
      this.reading,
      this.thumbs.element,
    );
    this.element.addEventListener("focusin", () => collect.used(key));
    acceptDrops(this.element, (_, transfer) => {
      collect.used(key);
      collect.intake.drop(transfer, key);
    });
  }

  render(name, samples, lesson) {
    this.element.style.setProperty("--hue", hueOf(lesson, this.key));
    this.element.classList.toggle("off", !isOn(lesson, this.key));
    this.tools.render(name, samples.length, lesson);
    if (document.activeElement !== this.name) this.name.value = name;
    this.name.setAttribute("aria-label", t`Name of class ${name}`);
    this.count.textContent = samples.length;
    this.count.title = counted(samples.length, "picture");
    this.count.setAttribute("aria-label", counted(samples.length, "picture"));
    this.count.setAttribute("role", "img");
    this.bin.setAttribute("aria-label", t`Remove class ${name}`);
    this.bin.title = t`Remove this class`;
    this.bin.hidden = lesson.classes.length <= LEAST_CLASSES;
    this.record.label(name);
    this.choose.setAttribute("aria-label", t`Add picture files to ${name}`);
    this.choose.title = t`Add picture files`;
    this.files.setAttribute("aria-label", t`Picture files for ${name}`);
    this.thumbs.element.setAttribute("aria-label", t`Pictures of ${name}`);
    this.thumbs.render(name, samples);
  }

  remove() {
    this.thumbs.clear();
    this.element.remove();
  }

  /** Shows whether it is this class that is recorded. */
  mark() {
    this.element.classList.toggle("live", this.collect.recording.recorder.key === this.key);
    this.record.render();
  }

  /** So many more pictures are being read, or fewer. */
  expect(change) {
    this.#expected = Math.max(0, this.#expected + change);
    this.reading.hidden = !this.#expected;
    this.reading.textContent = t`Reading ${counted(this.#expected, "picture")}…`;
  }

  /** Deletes a picture; what was deleted can be brought back from the message. */
  #drop(id) {
    this.classroom.removePicture(id);
    deleted(this.classroom, t`Picture deleted.`);
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
        t`Remove “${name}”?`,
        t`Its ${counted(n, "picture")} will be deleted too.`,
        t`Remove`,
      ))
    )
      return;
    this.classroom.removeClass(this.key);
    deleted(this.classroom, t`Class “${name}” removed.`);
  }
}
