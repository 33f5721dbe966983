// What would make a lesson better, in words. Rules only: no DOM.

import { t } from "../../shared/language.js";
import { classesOn, isStale, nameOf, obstacle, samplesOf } from "./lesson.js";
import { judged } from "./score.js";

const FEW = 5; // pictures of a class
const UNBALANCED = 3; // times as many pictures as another class has
const CONFUSED = 0.2; // share of two classes' test pictures that are taken for the other one
const LEAST_WRONG = 2; // pictures: one alone says little
const MOST = 3; // sentences

/** Sentences, the most important first; none before the lesson can be trained. */
export function advice(lesson) {
  if (obstacle(lesson)) return [];
  const counts = classesOn(lesson).map(({ key, name }) => ({
    name,
    n: samplesOf(lesson, key).length,
  }));
  const taught = isStale(lesson) ? null : lesson.head?.taught;
  const said = [...few(counts), ...unbalanced(counts)];
  if (taught) said.push(...confused(lesson, taught), ...weak(lesson, taught));
  return said.slice(0, MOST);
}

/** A class with next to no pictures: every one of them counts for much. */
function few(counts) {
  const thin = counts.filter(({ n }) => n < FEW).sort((a, b) => a.n - b.n);
  if (!thin.length) return [];
  const [{ name, n }] = thin;
  const others = thin.length > 1 ? t`, and of ${thin.length - 1} more` : "";
  return [t`Add pictures of “${name}”${others}: ${n} are few, some twenty are plenty.`];
}

/** Whoever has seen mostly one thing says that of everything. */
function unbalanced(counts) {
  const ordered = [...counts].sort((a, b) => a.n - b.n);
  const [least, most] = [ordered[0], ordered.at(-1)];
  if (least.n < FEW || most.n <= UNBALANCED * least.n) return [];
  return [
    t`“${most.name}” has ${most.n} pictures, “${least.name}” only ${least.n}: add pictures of “${least.name}”, or it is overlooked.`,
  ];
}

/** The two classes that are taken for each other most. */
function confused(lesson, { confusion, measured }) {
  if (!confusion || measured === "training") return [];
  const { keys } = lesson.head;
  const totals = confusion.map((row) => row.reduce((a, b) => a + b, 0));
  let worst = null;
  for (let i = 0; i < keys.length; i += 1) {
    for (let j = 0; j < i; j += 1) {
      const [there, back] = [confusion[i][j], confusion[j][i]];
      const wrong = there + back;
      const share = wrong / Math.max(1, totals[i] + totals[j]);
      const counts = wrong >= LEAST_WRONG && share >= CONFUSED;
      if (counts && wrong > (worst?.wrong ?? 0)) worst = { wrong, i, j, there, back };
    }
  }
  if (!worst) return [];
  const { wrong, i, j, there, back } = worst;
  const [one, other] = [nameOf(lesson, keys[i]), nameOf(lesson, keys[j])];
  const of = totals[i] + totals[j];
  const differ = t`add pictures of both that show how they differ, before the same background`;
  if (there && back)
    return [t`“${other}” and “${one}” are taken for each other (${wrong} of ${of}): ${differ}.`];
  const [shown, said] = there ? [one, other] : [other, one];
  return [
    t`“${shown}” is taken for “${said}” (${wrong} of ${there ? totals[i] : totals[j]}): ${differ}.`,
  ];
}

/** A score that leaves something to wish for. */
function weak(lesson, { val_accuracy, train_accuracy }) {
  const share = val_accuracy ?? train_accuracy;
  if (share === null || judged(share, lesson.head.keys.length).tone === "good") return [];
  if (val_accuracy !== null && train_accuracy - val_accuracy > 0.2)
    return [
      t`It knows the pictures it was trained on much better than others: add some that differ in place, distance and light.`,
    ];
  return [
    t`The score is low: look through the pictures for some in the wrong class (a click shows one large), or train for more epochs.`,
  ];
}
