// A lesson as a Python program that does the same with its exported zip. No DOM.

import { classesOn } from "./lesson.js";

/** Texts and numbers as Python writes them. */
const python = (value) => JSON.stringify(value);

/**
 * The program's text. `zip`: the exported file's name; `extractor`: {name,
 * learning_rate} of the network that looks at the pictures.
 */
export function programOf(lesson, extractor, zip) {
  const { settings } = lesson;
  const names = classesOn(lesson).map((c) => c.name);
  const rate = settings.learning_rate ?? extractor.learning_rate;
  return `# ${lesson.title || "A lesson of the Teach page"}, taught in Python
# Put it beside ${zip}; it says what pictures show that are named on its command line.
import sys
import zipfile

import pywebml as pw
from pywebml.zoo import extract_features, load_extractor

zipfile.ZipFile(${python(zip)}).extractall("lesson")
folder = pw.data.find_pictures("lesson/extra/samples")
classes = [${names.map(python).join(", ")}]
pictures = [p for p in folder.pictures if folder.classes[p.label] in classes]

# a network that has seen a million photos turns each picture into numbers
extractor = load_extractor(${python(extractor.name)})
seen = extract_features(extractor, pictures, fit="crop")
x = seen.values.reshape(len(seen.kept), -1)
y = [classes.index(folder.classes[pictures[i].label]) for i in seen.kept]

# one picture in five is kept aside, to test on
training, aside = pw.data.split(y, 0.2, seed=0)


def rows(places):
    return pw.ops.gather(x, places), pw.tensor([y[i] for i in places])


# a small head learns to tell the classes apart by those numbers
pw.set_seed(0)
head = pw.Sequential(
    [
        pw.layers.Dense(${settings.units}, activation="relu", kernel_initializer="variance_scaling"),
        pw.layers.Dense(len(classes), activation="softmax", kernel_initializer="variance_scaling"),
    ]
)
head.compile(
    pw.optimizers.Adam(${rate}), loss="sparse_categorical_crossentropy", metrics=["accuracy"]
)
head.fit_sync(
    *rows(training),
    epochs=${settings.epochs},
    batch_size=min(256, max(1, int(len(training) * ${settings.batch_fraction}))),
    validation_data=rows(aside) if aside else None,
)
head.save("lesson.keras")

if sys.argv[1:]:
    new = extract_features(extractor, sys.argv[1:], fit="crop")
    shares = head.predict(new.values.reshape(len(new.kept), -1)).numpy()
    for i, row in zip(new.kept, shares):
        print(sys.argv[1 + i], classes[row.argmax()], f"{row.max():.0%}")
`;
}
