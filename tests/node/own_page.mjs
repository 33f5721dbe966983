// web/runtime/pywebml.js without a browser: loads the model of a folder, on XNNPACK, and
// says what it sees in pictures of raw pixels. On stdin {folder, xnnpack, pictures:
// [{width, height, data, mirror}], spoilt: [{path: value} in plan.json]} as JSON; on stdout
// {labels, device, seen: [{label: probability}], wgsl, errors: [what each spoilt one says]}.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { readPlan, wgslOf } from "../../web/runtime/plan.js";
import { load } from "../../web/runtime/pywebml.js";

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { folder, xnnpack, pictures, spoilt } = JSON.parse(Buffer.concat(chunks).toString());
const text = readFileSync(`${folder}/plan.json`, "utf8");
let plan = JSON.parse(text);
const library = gzipSync(readFileSync(xnnpack), { level: 1 });
globalThis.location = new URL("http://localhost/");
globalThis.fetch = async (address) => {
  const { pathname } = new URL(address);
  const name = pathname.split("/").at(-1);
  if (name === "plan.json") return new Response(JSON.stringify(plan));
  if (name === "xnnpack.bin") return new Response(library);
  return new Response(readFileSync(`${folder}/${name}`));
};

async function answer() {
  const model = await load("model", { device: "cpu" });
  const seen = [];
  for (const { width, height, data, mirror } of pictures) {
    const picture = { width, height, data: Uint8ClampedArray.from(data) };
    const rows = await model.predict(picture, { mirror });
    seen.push(Object.fromEntries(rows.map(({ label, probability }) => [label, probability])));
  }
  const kernels = JSON.parse(readFileSync(`${folder}/kernels.json`, "utf8"));
  const wgsl = readPlan(text).gpu.programs.map((program) => wgslOf(kernels, program));
  const { labels, device, title } = model;
  model.dispose();
  return { labels, device, title, seen, wgsl };
}

/** What is said of a plan with another value somewhere. */
async function refusal([path, value]) {
  plan = JSON.parse(text);
  const steps = path.split(".");
  const last = steps.pop();
  steps.reduce((place, step) => place[step], plan)[last] = value;
  try {
    await load("model", { device: "cpu" });
    return null;
  } catch ({ name, message }) {
    return `${name}: ${message}`;
  }
}

const result = spoilt
  ? { errors: [] }
  : await answer().catch(({ message }) => ({ error: message }));
for (const one of spoilt ?? []) result.errors.push(await refusal(one));
process.stdout.write(JSON.stringify(result));
