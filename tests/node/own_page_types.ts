// What pywebml.d.ts says, as somebody uses it; tsc reads this file, nobody runs it.
import { load, type Model, type Picture, type Prediction } from "../../web/runtime/pywebml.js";

export async function watch(video: HTMLVideoElement, frame: ImageData): Promise<string> {
  const stop = new AbortController();
  const model: Model = await load("model/", {
    device: "auto",
    signal: stop.signal,
    onProgress: ({ done, of }) => console.log(done / of),
  });
  const [best]: Prediction[] = await model.predict(video, { mirror: true });
  const pictures: Picture[] = [frame, new OffscreenCanvas(1, 1)];
  for (const picture of pictures) await model.predict(picture);
  // @ts-expect-error a path is no picture
  await model.predict("cat.jpg");
  // @ts-expect-error the labels are the model's
  model.labels.push("dog");
  model.dispose();
  return `${best.label} ${best.probability.toFixed(2)} ${model.device} ${model.fit} ${model.title}`;
}
