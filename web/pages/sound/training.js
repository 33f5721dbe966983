// Step 2: how the training goes, and what came of it.

import { h, keepFocus, percent } from "../../shared/dom.js";
import { Matrix } from "../../shared/matrix.js";
import { Plot } from "../../shared/plot.js";
import { find } from "../find.js";

const FEW = 8; // clips of a class that are enough to begin with

export class Training {
  /** {model, outcome, ids, made}, or null before anything was trained. */
  trained = null;
  #running = false;

  constructor() {
    this.plot = new Plot();
    this.matrix = new Matrix("After training, this table shows which sounds it takes for which.");
    find("plot").replaceWith(this.plot.element);
    find("confusion").replaceWith(this.matrix.element);
    this.#draw({ accuracy: [], val_accuracy: [] });
  }

  /** Names of the classes that it can tell apart, or null. */
  get names() {
    return this.trained?.outcome.classes ?? null;
  }

  get model() {
    return this.trained?.model ?? null;
  }

  /** Names of the sample sounds, where it was trained on them. */
  get made() {
    return this.trained?.made ?? null;
  }

  /** There is no network any more. */
  forget() {
    this.trained = null;
    find("train").textContent = "Train";
    find("result").hidden = true;
    this.matrix.clear();
    this.#draw({ accuracy: [] });
  }

  begin() {
    this.#running = true;
    this.curve = { accuracy: [], val_accuracy: [] };
    find("train").textContent = "Training…";
    find("stop").hidden = find("bar").hidden = false;
    find("bar").value = 0;
    this.#draw(this.curve);
    this.#say("Getting ready…");
  }

  wait(sentence) {
    this.#running = true;
    this.#say(sentence);
  }

  hear({ stage, done, of, loss, accuracy, val_accuracy: aside }) {
    if (stage !== "training") return;
    find("bar").value = done / of;
    this.curve.accuracy.push(accuracy);
    this.curve.val_accuracy.push(aside ?? null);
    this.#draw(this.curve);
    this.#say(`Epoch ${done} of ${of} · loss ${loss.toFixed(3)} · ${percent(accuracy)} right`);
  }

  end() {
    this.#running = false;
    find("train").textContent = this.trained ? "Train again" : "Train";
    keepFocus(
      () => (find("stop").hidden = find("bar").hidden = true),
      () => find("train"),
    );
  }

  /** Shows what was trained, now or before a reload. */
  show(trained, seconds = null) {
    this.trained = trained;
    const { accuracy, measured, tested, confusion, history, classes, stopped } = trained.outcome;
    find("train").textContent = "Train again";
    find("result").hidden = accuracy === undefined;
    this.done = "";
    if (accuracy === undefined) {
      this.matrix.clear(); // a file does not say how well its network did
      this.#draw({ accuracy: [] });
      return;
    }
    find("score").textContent = percent(accuracy);
    find("score-text").textContent = tested
      ? ` right on ${tested} clips that it has not heard.`
      : ` right on ${measured}; record more of each to test it on others.`;
    this.matrix.show(classes, confusion);
    this.#draw(history);
    this.done = seconds && `${stopped ? "Stopped" : "Trained"} in ${seconds.toFixed(0)} s.`;
  }

  /** Says what is to be done next. */
  render(lacks, lesson) {
    if (this.#running) return;
    const ids = lesson.clips.map(({ id }) => id);
    const same = this.trained && `${this.trained.ids}` === `${ids}`;
    if (lacks) this.#say(lacks);
    else if (this.trained && !same) this.#say("The sounds have changed since: train it again.");
    else if (this.trained) this.#say(this.done || "It knows these sounds. Now let it listen.");
    else this.#say(advice(lesson));
  }

  #say(sentence) {
    find("train-hint").textContent = sentence;
  }

  #draw({ accuracy, val_accuracy: aside = [] }) {
    const x = accuracy.map((_, i) => i + 1);
    const series = [{ name: "accuracy", values: accuracy }];
    if (aside.some((value) => value !== null)) series.push({ name: "val_accuracy", values: aside });
    const end = accuracy.at(-1);
    const sentence =
      end === undefined
        ? "Nothing is trained yet"
        : `${percent(end)} right after epoch ${accuracy.length}`;
    const chart = { kind: "lines", title: "Right", x, x_label: "epoch", y_label: "", series };
    this.plot.show(chart, sentence, () => h("p", { text: sentence }));
  }
}

function advice({ classes }) {
  const few = classes.find(({ clips }) => clips.length < FEW);
  return few
    ? `“${few.name}” has few seconds; some ${FEW} of each are better.`
    : "Ready to be trained.";
}
