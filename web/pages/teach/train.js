// Step 2: settings, the button, progress, plots, the confusion matrix.

import { LineChart } from "../../shared/charts.js";
import { say } from "../../shared/dialogs.js";
import { counted, h, keepFocus, percent, words } from "../../shared/dom.js";
import { Matrix } from "../../shared/matrix.js";
import { become, working } from "../../shared/opening.js";
import { Settings } from "../../shared/settings.js";
import { t } from "../../shared/language.js";
import { find } from "../find.js";
import { advice } from "./advice.js";
import { isStale, nameOf, obstacle, trainable } from "./lesson.js";
import { judged } from "./score.js";

const LINES = ["trained", "held"]; // on pictures that it trains on, and those kept aside
const WORDS = [t`pictures it trains on`, t`pictures kept aside`];
const NOTHING = { loss: [], accuracy: [], val_loss: [], val_accuracy: [] };

export class Train {
  #history = null; // while it trains: {loss ...} so far

  constructor(classroom) {
    this.classroom = classroom;
    const look = { lines: LINES, words: WORDS };
    this.loss = new LineChart({ ...look, name: t`Loss`, note: t`lower is better` });
    this.accuracy = new LineChart({
      ...look,
      name: t`Accuracy`,
      note: t`higher is better`,
      share: true,
    });
    find("plots").prepend(this.loss.element, this.accuracy.element);
    this.matrix = new Matrix(t`After training, this table shows which classes it takes for which.`);
    find("confusion").replaceWith(this.matrix.element);
    this.settings = new Settings(classroom.options);
    this.settings.addEventListener("change", ({ detail }) =>
      classroom.set(detail.name, detail.value),
    );
    find("settings").replaceWith(this.settings.element, this.settings.help);
    find("train-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.train();
    });
    find("stop-button").addEventListener("click", () => this.#stop());
    classroom.addEventListener("change", () => this.render());
    classroom.addEventListener("looking", () => this.#renderState());
    this.render();
  }

  render() {
    const { lesson, info, training } = this.classroom;
    if (info) this.settings.recommend("learning_rate", info.extractor.learning_rate);
    this.settings.show(lesson.settings);
    this.#renderState();
    if (!training) this.#renderTaught(lesson);
  }

  #renderState() {
    keepFocus(
      () => this.#showState(),
      () => find("train-button"),
    );
  }

  #showState() {
    const { lesson, info, training } = this.classroom;
    const why = obstacle(lesson);
    const { done, of } = this.classroom.looking.progress;
    const waits = of > done;
    const again = lesson.head ? t`Train again` : t`Train`;
    const button = find("train-button");
    // while it trains the button keeps the focus
    button.disabled = !training && (Boolean(why) || !info);
    button.setAttribute("aria-disabled", String(training));
    find("train-button").textContent = training ? t`Training…` : again;
    find("stop-button").hidden = !training || waits;
    find("train-progress").hidden = !training;
    const looks = waits ? t`Looking at the pictures… ${done} of ${of}` : "";
    const ready = info
      ? t`Ready to train on ${counted(trainable(lesson), "picture")}.`
      : t`Python is still loading; you can collect pictures meanwhile.`;
    if (training && waits) {
      find("train-bar").value = done / of;
      find("train-text").textContent = looks;
    }
    const stale = isStale(lesson) ? t`Classes have changed: train again so that it knows.` : "";
    this.#showAdvice(training ? [] : advice(lesson));
    find("train-hint").textContent = training ? "" : looks || why || stale || ready;
  }

  #showAdvice(sentences) {
    const list = find("advice");
    list.hidden = !sentences.length;
    const shown = [...list.children].map(({ textContent }) => textContent);
    if (shown.join() !== sentences.join())
      list.replaceChildren(...sentences.map((text) => h("li", { text })));
  }

  /** Trains, where nothing stands in the way, and says how it went. */
  async train() {
    const { classroom } = this;
    if (classroom.training || obstacle(classroom.lesson)) return;
    const { epochs } = classroom.lesson.settings;
    const history = structuredClone(NOTHING);
    this.#history = history;
    find("result").hidden = true;
    this.#progress(0, epochs, null);
    find("stop-button").removeAttribute("aria-disabled");
    try {
      const outcome = await working(async () => {
        const taught = await classroom.train((step) =>
          this.#progress(step.epoch, step.epochs, step),
        );
        if (!taught) return null;
        const share = taught.val_accuracy ?? taught.train_accuracy;
        const how = taught.stopped ? t`Stopped` : t`Trained`;
        say(t`${how} in ${taught.seconds.toFixed(1)} s: ${percent(share)} right.`, "good");
        return summary(taught, classroom.info);
      });
      // another lesson has come in place of this one
      if (!outcome) become(classroom.training ? "working" : "ready");
    } catch (error) {
      const lost = t`The graphics device was lost during training. It is back in a moment; then train again.`;
      say(error.name === "DeviceLost" ? lost : words(error), "bad");
    } finally {
      if (this.#history === history) this.#history = null;
      this.render();
    }
  }

  #stop() {
    find("stop-button").setAttribute("aria-disabled", "true");
    find("train-text").textContent = t`Stopping after this epoch…`;
    this.classroom.stop().catch((error) => say(words(error), "bad"));
  }

  #progress(epoch, epochs, step) {
    const history = this.#history;
    if (!history) return;
    find("train-bar").value = epoch / epochs;
    find("train-bar").setAttribute("aria-valuetext", `epoch ${epoch} of ${epochs}`);
    if (step) {
      for (const [name, values] of Object.entries(history))
        if (typeof step[name] === "number") values.push(step[name]);
      const share = step.val_accuracy ?? step.accuracy;
      find("train-text").textContent =
        t`Epoch ${epoch} of ${epochs} · loss ${step.loss.toFixed(4)} · ${percent(share)} right`;
    } else {
      find("train-text").textContent = t`Getting ready…`;
    }
    this.#draw(history, epochs);
  }

  #draw({ loss, accuracy, val_loss, val_accuracy }, epochs) {
    const finite = (values) => (values ?? []).filter(Number.isFinite);
    this.loss.draw([loss, finite(val_loss)], epochs);
    this.accuracy.draw([accuracy, finite(val_accuracy)], epochs);
  }

  #renderTaught({ head, classes }) {
    const taught = head?.taught;
    find("result").hidden = !taught;
    const history = { ...NOTHING, ...taught?.history };
    this.#draw(history, Math.max(history.loss.length, 2));
    if (!taught) {
      this.matrix.clear();
      return;
    }
    const share = taught.val_accuracy ?? taught.train_accuracy;
    const { tone, words: meaning } = judged(share, head.keys.length);
    find("score").textContent = percent(share);
    find("score").parentElement.dataset.tone = tone;
    find("score-meaning").textContent = meaning;
    const n = taught.confusion?.flat().reduce((a, b) => a + b, 0);
    const trained = taught.measured === "training";
    const seen = trained ? t`it was trained on` : t`it had not seen`;
    const right = n ? t`right on ${counted(n, "picture")} ${seen}.` : t`right.`;
    find("score-text").textContent = `${right} ${copies(taught.duplicates)}`.trim();
    if (!taught.confusion) return;
    const there = (key) => classes.some((c) => c.key === key);
    const names = head.keys.map((key, i) =>
      there(key) ? nameOf({ classes }, key) : head.names[i],
    );
    this.matrix.show(names, taught.confusion);
  }
}

/** What is said of pictures that are there more than once. */
function copies(n) {
  if (!n) return "";
  const same =
    n === 1
      ? t`1 picture is the same as another one, or nearly`
      : t`${n} pictures are the same as another one, or nearly`;
  return t`${same}; copies were kept together, so none of them tested what another had taught.`;
}

/** What `python -m pywebml teach --json` writes, for a head that is not in a file. */
function summary(taught, { extractor, device }) {
  const { names, train_accuracy, val_accuracy, confusion, steps, seconds } = taught;
  return {
    extractor: extractor.name,
    device: device.language === "wgsl" ? "gpu" : "cpu",
    adapter: device.name,
    classes: names,
    train_accuracy,
    val_accuracy,
    confusion,
    seconds: { training: seconds },
    steps,
    model: null,
  };
}
