// A class's card: its name, the button that records, and its clips.

import { say } from "../../shared/dialogs.js";
import { counted, h, icon, keepFocus, words } from "../../shared/dom.js";
import { acceptDrops } from "../../shared/dropzone.js";
import { play } from "./player.js";
import { picture } from "./picture.js";
import { toFloats } from "./sounds.js";

export const BACKGROUND_SECONDS = 5;

/** `background`: records for some seconds by a click; others while the button is held. */
export class Card {
  #clips = new Map(); // elements by id

  constructor(key, background, { recorder, addFiles, lesson, deleted }) {
    Object.assign(this, { key, background, lesson, deleted });
    this.name = h("input", { type: "text", maxLength: 60, spellcheck: false });
    this.name.addEventListener("change", () => this.#rename());
    this.count = h("span", { class: "count" });
    this.record = h("button", { type: "button", class: "record" }, icon("microphone"), h("span"));
    this.files = h("input", {
      type: "file",
      accept: "audio/*,.wav",
      multiple: true,
      hidden: true,
      tabIndex: -1,
    });
    this.files.addEventListener("change", () => {
      addFiles(key, [...this.files.files]);
      this.files.value = "";
    });
    this.choose = small("up", () => this.files.click());
    this.empty = small("bin", () => this.#empty());
    this.clips = h("ul", { class: "clips", tabIndex: 0 });
    this.hint = h("p", { class: "hint", text: background ? QUIET : OTHERS });
    const tools = h("div", { class: "tools" }, this.record, this.choose, this.empty, this.files);
    const head = h("div", { class: "head" }, this.name, this.count);
    this.element = h("li", { class: "sound-class" }, head, tools, this.hint, this.clips);
    acceptDrops(this.element, (files) => addFiles(key, files));
    recorder.wire(this);
  }

  render({ name, clips }, hue) {
    this.element.style.setProperty("--hue", hue);
    if (this.name !== document.activeElement) this.name.value = name;
    this.name.setAttribute("aria-label", `Name of class ${name}`);
    this.files.setAttribute("aria-label", `Sound files of ${name}`);
    this.clips.setAttribute("aria-label", `Clips of ${name}`);
    this.count.textContent = clips.length;
    this.count.title = counted(clips.length, "second");
    this.label(this.background ? `Record ${BACKGROUND_SECONDS} seconds` : "Hold to record");
    this.record.setAttribute(
      "aria-label",
      this.background
        ? `Record ${BACKGROUND_SECONDS} seconds of ${name}`
        : `Hold to record ${name}`,
    );
    entitle(this.choose, `Add sound files to ${name}`);
    const gone = !clips.length && !this.background;
    entitle(this.empty, gone ? `Remove the class ${name}` : `Delete the clips of ${name}`);
    this.hint.hidden = Boolean(clips.length);
    this.clips.hidden = !clips.length;
    keepFocus(
      () => {
        this.empty.disabled = this.background && !clips.length;
        this.#show(clips, name);
      },
      () => this.record,
    );
  }

  label(text) {
    this.record.querySelector("span").textContent = text;
  }

  #show(clips, name) {
    const ids = new Set(clips.map(({ id }) => id));
    for (const [id, element] of this.#clips) {
      if (ids.has(id)) continue;
      element.remove();
      this.#clips.delete(id);
    }
    clips.forEach((clip, i) => {
      if (!this.#clips.has(clip.id)) this.#clips.set(clip.id, this.#clip(clip));
      const element = this.#clips.get(clip.id);
      const [listen, remove] = element.children;
      entitle(listen, `Play clip ${i + 1} of ${name}`);
      entitle(remove, `Delete clip ${i + 1} of ${name}`);
      if (this.clips.children[i] !== element)
        this.clips.insertBefore(element, this.clips.children[i] ?? null);
    });
  }

  #clip({ id, whole, pixels }) {
    const listen = h("button", { type: "button", class: "clip" }, picture(pixels).element);
    listen.addEventListener("click", async () => {
      listen.classList.add("on");
      await play(toFloats(whole)).catch((error) => say(words(error), "bad"));
      listen.classList.remove("on");
    });
    const remove = small("cross", () => {
      this.lesson.remove(this.key, id);
      this.deleted("The clip is deleted.");
    });
    remove.classList.add("remove");
    return h("li", {}, listen, remove);
  }

  #rename() {
    if (this.lesson.rename(this.key, this.name.value)) return;
    say("A class needs a name that no other has.", "bad");
    this.name.value = this.lesson.find(this.key).name;
  }

  #empty() {
    const { name, clips } = this.lesson.find(this.key);
    if (clips.length) {
      this.lesson.empty(this.key);
      this.deleted(`${counted(clips.length, "clip")} of ${name} deleted.`);
    } else {
      this.lesson.removeClass(this.key);
      this.deleted(`The class ${name} is removed.`);
    }
  }
}

const QUIET = "What it hears when nothing is to be heard: your room, its fan, the street.";
const OTHERS = "Make the sound while you hold the button, or drop wav files here.";

function small(name, click) {
  return h("button", { type: "button", class: "quiet", on: { click } }, icon(name));
}

function entitle(button, label) {
  button.title = label;
  button.setAttribute("aria-label", label);
}
