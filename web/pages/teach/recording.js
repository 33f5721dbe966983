// How recording looks: the settings for recording without hands, the count-down over the
// camera's picture, Esc, and what is said.

import { aloud, say } from "../../shared/dialogs.js";
import { counted, h, keepFocus, words } from "../../shared/dom.js";
import { t } from "../../shared/language.js";
import { find } from "../find.js";
import { DELAYS, DURATIONS } from "./pace.js";
import { Recorder } from "./recorder.js";

const CHOICES = { delay: DELAYS, duration: DURATIONS };
const WORDS = {
  delay: (n) => (n ? t`after ${n} s` : t`at once`),
  duration: (n) => t`for ${n} s`,
};

export class Recording {
  #said = "";

  /** `mark(key)` is called whenever another class, or none (null), is recorded. */
  constructor(classroom, camera, mark) {
    Object.assign(this, { classroom, mark });
    this.recorder = new Recorder(classroom, camera);
    for (const [name, choices] of Object.entries(CHOICES)) {
      const select = find(name);
      select.append(...choices.map((n) => h("option", { value: n, text: WORDS[name](n) })));
      select.addEventListener("change", () => classroom.set(name, Number(select.value)));
    }
    find("hands-free").addEventListener("change", ({ target }) => {
      classroom.set("hands_free", target.checked);
      this.render();
    });
    classroom.addEventListener("change", () => this.render());
    this.#listen();
    this.render();
  }

  render() {
    const { settings } = this.classroom.lesson;
    find("hands-free").checked = settings.hands_free;
    for (const name of Object.keys(CHOICES)) find(name).value = settings[name];
    keepFocus(() => (find("times").hidden = !settings.hands_free));
    this.mark(this.recorder.key);
  }

  #listen() {
    const { recorder } = this;
    document.addEventListener("keydown", ({ key }) => key === "Escape" && recorder.stop());
    recorder.addEventListener("change", () => this.#show(recorder));
    recorder.addEventListener("started", () =>
      say(t`The camera is on. Now hold the button to record.`),
    );
    recorder.addEventListener("taken", ({ detail }) =>
      aloud(t`${counted(detail, "picture")} recorded.`),
    );
    recorder.addEventListener("trouble", ({ detail }) => say(words(detail), "bad"));
  }

  #show({ key, now: { phase, left } }) {
    const text = phase === "countdown" ? String(left) : "";
    find("countdown").hidden = !text;
    find("countdown").textContent = text;
    find("recording").hidden = phase !== "recording";
    find("recording").textContent = left ? t`Recording, ${left} s` : t`Recording`;
    const state = `${key} ${phase} ${text}`;
    if (state === this.#said) return;
    this.#said = state;
    if (text) aloud(text);
    this.mark(key);
  }
}
