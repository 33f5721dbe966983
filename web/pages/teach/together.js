// Taking part in a federation: shown where the address says #together, as `page serve
// --federation` does. What is trained goes to a server and comes back averaged with what
// others trained; pictures stay.

import { LineChart } from "../../shared/charts.js";
import { say } from "../../shared/dialogs.js";
import { counted, h, keepFocus, percent, words } from "../../shared/dom.js";
import { t } from "../../shared/language.js";
import { size } from "../../shared/sizes.js";
import { find } from "../find.js";
import { Fleet } from "./fleet.js";
import { trainable } from "./lesson.js";

const SHOWN = "#together";
const DOING = {
  joining: t`Joining…`,
  waiting: t`Waiting for the others…`,
  fetching: t`Fetching the model that all have trained…`,
  training: t`Training it on your pictures…`,
  evaluating: t`Testing it on your pictures…`,
  sending: t`Sending what was trained…`,
  leaving: t`Leaving…`,
};

export class Together {
  #fleet = null; // while it takes part
  #leaving = false;
  #accuracies = [];
  #evaluated = 0;

  constructor(classroom) {
    this.classroom = classroom;
    this.chart = new LineChart({
      name: t`Right on your pictures`,
      note: t`after each round`,
      lines: ["held"],
      words: [t`pictures kept aside`],
      share: true,
      unit: t`round`,
    });
    find("together-plot").append(this.chart.element);
    find("take-part").addEventListener("click", () => this.#takePart());
    find("leave").addEventListener("click", () => this.#leave());
    classroom.addEventListener("change", () => this.#render());
    addEventListener("hashchange", () => this.#show());
    this.#showSent(new Fleet());
    this.#show();
    this.#render();
  }

  #show() {
    if (location.hash !== SHOWN) return;
    find("together").hidden = false;
    find("together").scrollIntoView();
  }

  #render() {
    const { lesson, info } = this.classroom;
    const pictures = trainable(lesson);
    const ready = pictures
      ? t`Ready to take part with ${counted(pictures, "picture")}.`
      : t`Show it pictures first, in step 1; one class of them is enough.`;
    keepFocus(
      () => {
        const on = this.#fleet !== null;
        find("take-part").hidden = on;
        find("take-part").disabled = !pictures || !info;
        find("leave").hidden = !on;
        find("leave").setAttribute("aria-disabled", String(this.#leaving));
      },
      () => find(this.#fleet ? "leave" : "take-part"),
    );
    if (!this.#fleet)
      find("together-hint").textContent = info
        ? ready
        : t`Python is still loading; you can collect pictures meanwhile.`;
  }

  async #takePart() {
    if (this.#fleet) return;
    const fleet = new Fleet();
    this.#fleet = fleet;
    this.#leaving = false;
    this.#accuracies = [];
    this.#evaluated = 0;
    this.chart.draw([[]], 2);
    this.#render();
    find("together-hint").textContent = DOING.joining;
    try {
      const key = await fleet.open();
      const hear = (progress) => this.#hear(fleet, progress);
      const { rounds, trouble } = await this.classroom.together(key, hear);
      const learnt = t`You trained together for ${counted(rounds, "round")}: the model is in step 3 now.`;
      const before = t`You left before a round was over; your model is as it was.`;
      say([rounds ? learnt : before, trouble].join(" ").trim(), trouble ? "bad" : "good");
    } catch (error) {
      say(words(error), "bad");
    } finally {
      this.#fleet = null;
      this.#leaving = false;
      this.#render();
    }
  }

  #leave() {
    if (this.#leaving) return;
    this.#leaving = true;
    find("together-hint").textContent = DOING.leaving;
    this.#render();
    this.classroom.session.leave().catch((error) => say(words(error), "bad"));
  }

  /** A call to carry, or how it goes. */
  async #hear(fleet, progress) {
    if (progress.call) {
      const { number, name, body } = progress.call;
      const answer = await fleet.carry({ name, body });
      this.#showSent(fleet);
      this.classroom.session.answered(number, answer).catch((error) => say(words(error), "bad"));
      return;
    }
    const { doing, trained, evaluated, accuracy, received, trouble } = progress;
    if (!this.#leaving) find("together-hint").textContent = trouble || DOING[doing];
    find("together-hint").classList.toggle("trouble", Boolean(trouble));
    find("together-rounds").textContent = trained;
    find("together-received").textContent = size(received);
    if (evaluated === this.#evaluated || accuracy == null) return;
    this.#evaluated = evaluated;
    this.#accuracies.push(accuracy);
    find("together-right").textContent = percent(accuracy);
    this.chart.draw([this.#accuracies], Math.max(2, this.#accuracies.length));
  }

  #showSent({ sent }) {
    const rows = [
      [t`what was trained, and how right it is`, sent.trained],
      [t`joining, asking what to do, leaving`, sent.asked],
    ];
    find("together-sent").replaceChildren(
      ...rows.map(([what, { times, bytes }]) =>
        h(
          "tr",
          {},
          h("th", { scope: "row", text: what }),
          h("td", { text: times }),
          h("td", { text: times ? size(bytes) : "–" }),
        ),
      ),
    );
  }
}
