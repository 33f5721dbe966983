// The page of a model: what the camera or a picture shows, in bars. Everything that it
// knows of the model comes from pywebml/pywebml.js.
const STEADY = 1500; // milliseconds that a class is the best one before it is read out
const GOLDEN = 137.5; // degrees of colour from one class to the next
/** @type {Record<string, string>} */
const CAMERA = {
  NotAllowedError:
    "The camera is blocked for this page. Allow it beside the address, or choose a picture.",
  NotFoundError: "No camera was found. Choose a picture instead.",
  NotReadableError: "The camera is in use by another program. Close that one and try again.",
};

/** @param {string} id */
const find = (id) => /** @type {any} */ (document.getElementById(id));
const { dataset } = document.documentElement;
/** @type {{ model: any, stream: MediaStream | null, facing: string, best: string, since: number }} */
const state = { model: null, stream: null, facing: "user", best: "", since: 0 };

/** @param {string} sentence */
function say(sentence) {
  find("status").textContent = sentence;
}

/** @param {any} error */
const words = (error) => error?.message || String(error);

/** A job of a button, once the model is there; what goes wrong is said in its sentence. */
const whenReady = (/** @type {(event: any) => any} */ job) => async (/** @type {any} */ event) => {
  if (!state.model) return;
  try {
    await job(event);
  } catch (error) {
    say(words(error));
  }
};

// bars

/** @type {Map<string, { row: HTMLElement, fill: HTMLElement, share: HTMLElement }>} */
const bars = new Map();

/** @param {readonly string[]} labels */
function listBars(labels) {
  labels.forEach((label, i) => {
    const row = document.createElement("li");
    const [name, share, track, fill] = ["span", "span", "span", "span"].map((tag) =>
      document.createElement(tag),
    );
    name.textContent = label;
    share.className = "share";
    track.className = "track";
    fill.className = "fill";
    fill.style.setProperty("--hue", String((250 + i * GOLDEN) % 360));
    share.textContent = "–";
    track.append(fill);
    row.append(name, share, track);
    bars.set(label, { row, fill, share });
  });
  find("bars").replaceChildren(...[...bars.values()].map(({ row }) => row));
}

/** @param {{ label: string, probability: number }[]} predictions */
function show(predictions) {
  const [best] = predictions;
  for (const { label, probability } of predictions) {
    const bar = bars.get(label);
    if (!bar) continue;
    bar.fill.style.transform = `scaleX(${probability})`;
    bar.share.textContent = `${Math.round(100 * probability)}\u00a0%`;
    bar.row.classList.toggle("best", label === best.label);
  }
  find("seen").textContent = best.label;
  const now = performance.now();
  if (best.label !== state.best) Object.assign(state, { best: best.label, since: now });
  // read out what stays, not each frame
  if (!state.stream || now - state.since > STEADY)
    speak(`${best.label}, ${Math.round(100 * best.probability)} %`);
}

let spoken = "";

/** @param {string} sentence */
function speak(sentence) {
  const [label] = sentence.split(", ");
  if (state.stream && spoken.startsWith(`${label}, `)) return;
  spoken = sentence;
  find("spoken").textContent = sentence;
}

// camera

async function startCamera() {
  const media = navigator.mediaDevices;
  if (!media) throw new Error("Browsers give the camera to https pages alone. Choose a picture.");
  let stream;
  try {
    const video = { facingMode: state.facing, width: { ideal: 640 }, height: { ideal: 480 } };
    stream = await media.getUserMedia({ video });
  } catch (error) {
    throw new Error(CAMERA[/** @type {Error} */ (error).name] ?? words(error));
  }
  stopCamera();
  const [track] = stream.getVideoTracks();
  track.addEventListener("ended", () => {
    if (state.stream !== stream) return;
    stopCamera();
    say("The camera was turned off.");
  });
  const mirror = track.getSettings().facingMode !== "environment";
  const video = find("video");
  video.srcObject = stream;
  video.classList.toggle("mirrored", mirror);
  state.stream = stream;
  reveal("video");
  find("camera").textContent = "Stop the camera";
  const cameras = (await media.enumerateDevices()).filter(({ kind }) => kind === "videoinput");
  find("turn").hidden = cameras.length < 2;
  await video.play();
  say("");
  watch(stream, mirror);
}

function stopCamera() {
  state.stream?.getTracks().forEach((track) => track.stop());
  state.stream = null;
  if (document.activeElement === find("turn")) find("camera").focus();
  find("turn").hidden = true;
  find("camera").textContent = "Use the camera";
  if (!find("video").hidden) reveal("empty");
}

/**
 * Frame after frame; each waits for the answer about the one before.
 *
 * @param {MediaStream} stream
 * @param {boolean} mirror
 */
async function watch(stream, mirror) {
  const video = find("video");
  try {
    while (state.stream === stream) {
      await new Promise((resolve) => requestAnimationFrame(resolve)); // none in a hidden tab
      if (state.stream !== stream || video.readyState < 2) continue;
      const predictions = await state.model.predict(video, { mirror });
      if (state.stream === stream) show(predictions);
    }
  } catch (error) {
    stopCamera();
    say(words(error));
  }
}

// pictures

let looks = 0; // an answer about an earlier picture comes too late

/** @param {Iterable<File> | null | undefined} files */
async function lookAt(files) {
  const file = [...(files ?? [])].find(({ type }) => type.startsWith("image/"));
  if (!file) throw new Error("That was no picture. PNG, JPEG, WebP, GIF and BMP files will do.");
  looks += 1;
  const mine = looks;
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Error(`${file.name || "What was pasted"} is no picture that this browser can read.`);
  });
  try {
    stopCamera();
    const picture = find("picture");
    URL.revokeObjectURL(picture.src);
    picture.src = URL.createObjectURL(file);
    reveal("picture");
    say("");
    const predictions = await state.model.predict(bitmap);
    if (mine === looks) show(predictions);
  } finally {
    bitmap.close();
  }
}

/** @param {"video" | "picture" | "empty"} one of what the screen can show */
function reveal(one) {
  for (const id of ["video", "picture", "empty"]) find(id).hidden = id !== one;
}

function wire() {
  const toggle = () => (state.stream ? stopCamera() : startCamera());
  find("camera").addEventListener("click", whenReady(toggle));
  find("turn").addEventListener(
    "click",
    whenReady(() => {
      state.facing = state.facing === "user" ? "environment" : "user";
      return startCamera();
    }),
  );
  find("choose").addEventListener(
    "click",
    whenReady(() => find("file").click()),
  );
  find("file").addEventListener(
    "change",
    whenReady(async ({ target }) => {
      const files = [...target.files];
      target.value = "";
      await lookAt(files);
    }),
  );
  document.addEventListener(
    "paste",
    whenReady(({ clipboardData }) => clipboardData?.files.length && lookAt(clipboardData.files)),
  );
  const screen = find("screen");
  for (const name of ["dragover", "drop"])
    addEventListener(name, (event) => {
      event.preventDefault(); // or the browser would leave the page for the picture
      screen.classList.toggle("dropping", name === "dragover");
    });
  document.addEventListener("dragleave", () => screen.classList.remove("dropping"));
  addEventListener(
    "drop",
    whenReady(({ dataTransfer }) => lookAt(dataTransfer?.files)),
  );
}

/** Keeps the page for visits without a connection, once it has all that it needs itself. */
async function keep() {
  const address = new URL("sw.js", document.baseURI).href;
  const rules = { createScriptURL: () => address };
  /** @type {any} */
  const policy = /** @type {any} */ (globalThis).trustedTypes?.createPolicy("own-page", rules);
  await navigator.serviceWorker?.register(policy?.createScriptURL("") ?? address);
}

/** The module, of which a browser runs no script that has another sum than index.html says. */
async function library() {
  try {
    return await import("./pywebml/pywebml.js");
  } catch {
    throw new Error("A script of this page has not come as it was made. Reload the page.");
  }
}

async function begin() {
  wire();
  const asked = new URL(location.href).searchParams.get("device") ?? "";
  const device = /** @type {any} */ (["gpu", "cpu"].includes(asked) ? asked : "auto");
  try {
    const { load } = await library();
    const model = await load("model/", {
      device,
      onProgress: ({ done, of }) => (find("progress").value = done / of),
    });
    performance.mark("predicted"); // a first picture, all black, with which it warms up
    listBars(model.labels);
    find("screen").dataset.fit = model.fit;
    state.model = model;
    for (const id of ["camera", "choose"]) find(id).removeAttribute("aria-disabled");
    dataset.state = "ready";
    say(`Ready: it computes on ${model.device}.`);
  } catch (error) {
    dataset.state = "failed";
    say(words(error));
  }
  await keep().catch((error) => console.info("works online only:", words(error)));
}

begin();
