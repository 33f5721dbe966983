// Step 2: settings, the button, progress, plots, the confusion matrix.

import { counted, find, h, percent, say, words } from "./dom.js";
import { CHOICES, isStale, nameOf, obstacle } from "./lesson.js";
import { plot } from "./plot.js";

const SHOWN = {
  units: String,
  learning_rate: (rate) => rate.toFixed(6).replace(/0+$/, ""),
  batch_fraction: String,
  epochs: String,
};

export class Train {
  #history = null; // while it trains: {trained loss ...} so far

  constructor(classroom) {
    this.classroom = classroom;
    find("train-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.train();
    });
    find("stop-button").addEventListener("click", () => this.#stop());
    for (const name of Object.keys(CHOICES)) {
      find(`set-${name}`).addEventListener("change", (event) =>
        classroom.set(name, Number(event.target.value)),
      );
    }
    classroom.addEventListener("change", () => this.render());
    classroom.addEventListener("looking", () => this.#renderState());
    this.render();
  }

  render() {
    this.#renderSettings();
    this.#renderState();
    if (!this.classroom.training) this.#renderTaught(this.classroom.lesson);
  }

  #renderState() {
    const { lesson, info, training } = this.classroom;
    const why = obstacle(lesson);
    const { done, of } = this.classroom.looking;
    const waits = of > done;
    find("train-button").disabled = Boolean(why) || training || !info;
    find("train-button").textContent = training
      ? "Training…"
      : lesson.head
        ? "Train again"
        : "Train";
    find("stop-button").hidden = !training || waits;
    const looks = waits ? `Looking at the pictures… ${done} of ${of}` : "";
    const ready = info
      ? `Ready to train on ${counted(lesson.samples.size, "picture")}.`
      : "Python is still loading; you can collect pictures meanwhile.";
    if (training && waits) {
      find("train-bar").value = done / of;
      find("train-text").textContent = looks;
    }
    const stale = isStale(lesson) ? "Classes have changed: train again so that it knows." : "";
    find("train-hint").textContent = training ? "" : looks || why || stale || ready;
  }

  async train() {
    const { classroom } = this;
    if (classroom.training || obstacle(classroom.lesson)) return;
    const { epochs } = classroom.lesson.settings;
    this.#history = { loss: [], accuracy: [], val_loss: [], val_accuracy: [] };
    find("result").hidden = true;
    find("train-progress").hidden = false;
    this.#progress(0, epochs, null);
    find("stop-button").disabled = false;
    try {
      const taught = await classroom.train((step) => this.#progress(step.epoch, step.epochs, step));
      const share = taught.val_accuracy ?? taught.train_accuracy;
      say(
        `${taught.stopped ? "Stopped" : "Trained"} in ${taught.seconds.toFixed(1)} s: ${percent(share)} right.`,
        "good",
      );
    } catch (error) {
      const lost = error.name === "DeviceLost";
      say(
        lost
          ? "The graphics device was lost during training. It is back in a moment; then train again."
          : words(error),
        "bad",
      );
    } finally {
      this.#history = null;
      find("train-progress").hidden = true;
      this.render();
    }
  }

  #stop() {
    find("stop-button").disabled = true;
    find("train-text").textContent = "Stopping after this epoch…";
    this.classroom.stop().catch((error) => say(words(error), "bad"));
  }

  #progress(epoch, epochs, step) {
    const history = this.#history;
    if (!history) return;
    find("train-bar").value = epoch / epochs;
    find("train-bar").setAttribute("aria-valuetext", `epoch ${epoch} of ${epochs}`);
    if (step) {
      Object.keys(history).forEach(
        (name) => typeof step[name] === "number" && history[name].push(step[name]),
      );
      const share = step.val_accuracy ?? step.accuracy;
      find("train-text").textContent =
        `Epoch ${epoch} of ${epochs} · loss ${step.loss.toFixed(4)} · ${percent(share)} right`;
    } else {
      find("train-text").textContent = "Getting ready…";
    }
    drawHistory(history, epochs);
  }

  #renderSettings() {
    const { lesson, info } = this.classroom;
    for (const [name, choices] of Object.entries(CHOICES)) {
      const select = find(`set-${name}`);
      if (select === document.activeElement) continue; // somebody is choosing
      const own = name === "learning_rate" ? info?.extractor.learning_rate : null;
      const label = (value) => SHOWN[name](value) + (value === own ? " (recommended)" : "");
      select.replaceChildren(
        ...choices.map((value) => h("option", { value: String(value), text: label(value) })),
      );
      select.value = String(lesson.settings[name] ?? own ?? 0.001);
    }
  }

  #renderTaught({ head, classes }) {
    const taught = head?.taught;
    find("result").hidden = !taught;
    const empty = { loss: [], accuracy: [], val_loss: [], val_accuracy: [] };
    const history = { ...empty, ...taught?.history };
    drawHistory(history, Math.max(history.loss.length, 2));
    if (!taught) {
      find("confusion").replaceChildren(
        h("p", {
          class: "hint",
          text: "After training, this table shows which classes it takes for which.",
        }),
      );
      return;
    }
    const share = taught.val_accuracy ?? taught.train_accuracy;
    find("score").textContent = percent(share);
    const n = taught.confusion?.flat().reduce((a, b) => a + b, 0);
    const seen = taught.measured === "training" ? "it was trained on" : "it had not seen";
    find("score-text").textContent = n ? `right on ${counted(n, "picture")} ${seen}` : "right";
    if (taught.confusion) {
      const names = head.keys.map((key, i) =>
        classes.some((c) => c.key === key) ? nameOf({ classes }, key) : head.names[i],
      );
      find("confusion").replaceChildren(confusionTable(names, taught.confusion));
    }
  }
}

function drawHistory({ loss, accuracy, val_loss, val_accuracy }, epochs) {
  plot(
    find("plot-loss"),
    "Loss",
    { trained: loss, held: (val_loss ?? []).filter(Number.isFinite) },
    epochs,
  );
  plot(
    find("plot-accuracy"),
    "Accuracy",
    { trained: accuracy, held: (val_accuracy ?? []).filter(Number.isFinite) },
    epochs,
    1,
  );
}

/** Rows: what the pictures show; columns: what the head says. The darker, the more. */
function confusionTable(names, counts) {
  const cell = (n, total, hit) => {
    const td = h("td", { text: String(n), class: n ? (hit ? "hit" : "miss") : "none" });
    td.style.setProperty("--share", total ? n / total : 0);
    return td;
  };
  const rows = counts.map((row, i) => {
    const total = row.reduce((a, b) => a + b, 0);
    return h(
      "tr",
      {},
      h("th", { scope: "row", text: names[i] }),
      ...row.map((n, j) => cell(n, total, i === j)),
    );
  });
  return h(
    "table",
    { class: "confusion" },
    h("caption", { text: "Rows: what was shown. Columns: what it said." }),
    h(
      "thead",
      {},
      h("tr", {}, h("td", {}), ...names.map((name) => h("th", { scope: "col", text: name }))),
    ),
    h("tbody", {}, ...rows),
  );
}
