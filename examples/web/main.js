// A taught model in a page of your own. Beside this file: the folders pywebml/ and model/
// of what `python -m pywebml page build --model hands.zip --out DIR` has written, or of
// the zip that the Teach page gives you by "As a web page".
import { load } from "./pywebml/pywebml.js";

const answer = document.getElementById("answer");
const picture = document.getElementById("picture");

try {
  const model = await load("model/", {
    onProgress: ({ done, of }) =>
      (answer.textContent = `Loading: ${Math.round((100 * done) / of)} %`),
  });
  answer.textContent = `It knows ${model.labels.join(", ")}. Choose a picture.`;
  document.getElementById("file").addEventListener("change", async ({ target }) => {
    picture.src = URL.createObjectURL(target.files[0]);
    await picture.decode();
    const [best] = await model.predict(picture); // the most probable class first
    answer.textContent = `${best.label}: ${Math.round(100 * best.probability)} %`;
  });
} catch (error) {
  answer.textContent = error.message;
}
