// The tab's benchmarks: ours and, where their files are, the peers', in the same tab on
// the same adapter, in turns. Rows: {bench, work, host: "page", adapter, ours_ms, peer,
// peer_ms, ratio, note}.
import { boot } from "../../runtime/boot.js";
import { medians, rowsOf } from "./measure.js";
import { onnxPeers } from "./onnx.js";
import { Ours } from "./ours.js";
import { tensorflowPeers } from "./tensorflow.js";

export const BENCHES = [
  "dispatch",
  "first",
  "frame",
  "head",
  "matmul",
  "convnet",
  "lstm",
  "transformer",
  "float16",
  "ops",
];
export const BACKENDS = ["webgpu", "webgl", "wasm"];
// As in networks.py; the first with the weights that TensorFlow.js has as well, the
// second is the page's own.
export const NETWORKS = {
  "MobileNet v1 0.25": 224,
  "EfficientNet-Lite0": 224,
  "MobileNet v2 1.0": 224,
  "SqueezeNet 1.1": 227,
};
const [SHARED, OWN] = Object.keys(NETWORKS);

// peers: the URL of a folder with a peers.json, or "" for none; only: some of BENCHES;
// report(row): hears of each row at once; say(text): what is going on; backends: of the
// peers, by default those that use what we do; seconds: to measure each comparison for.
// Resolves to all rows.
export async function runBench({
  peers = "",
  only = BENCHES,
  report = () => {},
  say = () => {},
  backends = null,
  seconds = 3,
  call = null,
} = {}) {
  if (!call)
    ({ call } = boot({
      app: "bench",
      onEvent: ({ event, text }) => event === "boot" && say(text),
    }));
  const info = await call("ready");
  const bench = new Bench(new Ours(call), info, await adapterName(info), { report, say, seconds });
  if (peers) {
    say("Loading TensorFlow.js and ONNX Runtime Web");
    const folder = (bench.folder = new URL(peers, document.baseURI).href);
    backends ??= info.webgpu ? BACKENDS : ["wasm"];
    const about = (bench.about = await (await fetch(new URL("peers.json", folder))).json());
    bench.peers = [
      ...(await tensorflowPeers(folder, about, backends)),
      ...(await onnxPeers(folder, about.onnx, backends)),
    ];
  }
  // these two do what is first as well
  const names = new Set(only.flatMap((name) => (name === "first" ? ["frame", "head"] : [name])));
  for (const name of BENCHES) if (names.has(name)) await bench[name](only);
  return bench.rows;
}

// What both sides run on, as the browser names it.
async function adapterName({ device }) {
  if (device.language === "numpy") return device.name;
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
  const { vendor, architecture, device: id, description } = adapter?.info ?? {};
  return [vendor, architecture, id, description].filter(Boolean).join(" ") || device.name;
}

class Bench {
  constructor(ours, info, adapter, { report, say, seconds }) {
    Object.assign(this, { ours, adapter, report, say, rows: [], peers: [], folder: "", about: {} });
    this.software = info.device.software || info.device.language === "numpy";
    this.halves = info.device.float16;
    this.turns = this.software ? { seconds, least: 3 } : { seconds, least: 5 };
  }

  #add(rows) {
    for (const row of rows) {
      this.rows.push(row);
      this.report(row);
    }
  }

  // `make(peer)` resolves to a peer's contender, or to nothing for one that does no
  // such work; one that fails is reported as such.
  async #peers(make, peers = this.peers) {
    const contenders = [],
      failed = new Map();
    for (const peer of peers) {
      try {
        const one = await make(peer);
        if (one) contenders.push(one);
      } catch (error) {
        failed.set(peer.name, error);
      }
    }
    return { contenders, failed };
  }

  async #compare(bench, work, ours, make, { note = "", turns = {}, peers = this.peers } = {}) {
    this.say(work);
    const { contenders, failed } = await this.#peers(make, peers);
    const times = await medians([ours, ...contenders], { ...this.turns, ...turns });
    const mine = times.get(ours.name);
    if (mine instanceof Error) throw mine;
    times.delete(ours.name);
    const text = typeof note === "function" ? note(mine) : note;
    this.#add(
      rowsOf({
        bench,
        work,
        adapter: this.adapter,
        ours: mine,
        peers: new Map([...times, ...failed]),
        note: text,
      }),
    );
  }

  // As #compare, what takes longest the first time, which cannot take turns.
  async #first(work, ours, make, note) {
    this.say(work);
    const { contenders, failed } = await this.#peers(make);
    for (const { name, run } of contenders) failed.set(name, await run(1).catch((error) => error));
    this.#add(
      rowsOf({
        bench: "first",
        work,
        adapter: this.adapter,
        ours: await ours.run(1),
        peers: failed,
        note,
      }),
    );
  }

  async dispatch() {
    const { launches } = await this.ours.make("dispatch", { launches: 200 });
    const { name, run } = this.ours.contender("dispatch");
    const ours = { name, run: async (n) => (await run(n)) / launches };
    await this.#compare(
      "dispatch",
      "encode and submit one dispatch",
      ours,
      (peer) => peer.dispatch?.(launches),
      {
        note: (ms) =>
          `${(1e3 * ms).toPrecision(3)} us in a replayed plan of ${launches}${this.peers.length ? "; the peer: one op" : ""}`,
        peers: this.peers.filter(({ backend }) => backend !== "wasm"), // which computes at once
      },
    );
  }

  // The first frames, which cannot take turns, and then the frames.
  async frame(only) {
    const files = this.about.model && (await modelFiles(new URL(this.about.model, this.folder)));
    for (const [network, side] of Object.entries(NETWORKS)) {
      if (network !== SHARED && !only.includes("frame")) continue;
      this.say(network);
      const image = scene(side); // what the peers get
      const mine = await this.ours.make("frame", {
        name: network,
        network,
        own: network === OWN,
        files: network === SHARED && files,
        image,
      });
      const what = `${network} and a head, ${side}x${side}`,
        frames = await this.#frames(mine, image, network);
      if (network === SHARED && only.includes("first")) {
        const firsts = new Map([...frames].map(([peer, frame]) => [peer, frame.first ?? frame]));
        const note = "once; kernels compiled, ours recorded; the page's own network is up already";
        this.#add(
          rowsOf({
            bench: "first",
            work: `first frame after load, ${what}`,
            adapter: this.adapter,
            ours: mine.first_ms,
            peers: firsts,
            note,
          }),
        );
      }
      if (!only.includes("frame")) continue;
      const pick = ({ name }) => {
        if (frames.get(name) instanceof Error) throw frames.get(name);
        return frames.get(name)?.contender;
      };
      const note = `picture up, ${mine.launches} launches, four probabilities read back`;
      await this.#compare("frame", `${what}, batch 1`, this.ours.contender(network), pick, {
        note,
      });
      const there = "from the page to the worker and back";
      if (network === SHARED)
        await this.#compare(
          "frame",
          `${what}, ${there}`,
          this.ours.fromPage(network, image),
          pick,
          { note },
        );
    }
  }

  // What the peers make of a network that is ours as well, Map(name -> frame); an Error
  // for one with other probabilities.
  async #frames(mine, picture, network) {
    const frames = new Map();
    for (const peer of this.peers) {
      try {
        const frame = await peer.frame(picture, mine.head, network);
        if (!frame) continue;
        const apart = Math.max(
          ...frame.probabilities.map((p, i) => Math.abs(p - mine.probabilities[i])),
        );
        if (!(apart < 0.02)) throw new Error(`its probabilities differ from ours by ${apart}`);
        frames.set(peer.name, frame);
      } catch (error) {
        frames.set(peer.name, error);
      }
    }
    return frames;
  }

  async head(only) {
    const what = "head 12544-100-4, 100 examples, batch 40, Adam",
      fits = this.peers.length ? "fit on both sides" : "fit";
    if (only.includes("first") && !this.software) {
      await this.ours.make("fit", { name: "first", epochs: 20 });
      const note = "once; kernels compiled, ours recorded";
      await this.#first(
        `first 20 epochs after load, ${what}`,
        this.ours.contender("first"),
        (peer) => peer.fit?.(20),
        note,
      );
    }
    if (!only.includes("head")) return;
    await this.ours.make("fit", { name: "epoch", epochs: 1 });
    await this.#compare(
      "head",
      `${what}, 1 epoch of 3 steps`,
      this.ours.contender("epoch"),
      (peer) => peer.fit?.(1),
      { note: fits },
    );
    await this.ours.make("fit", { name: "epochs", epochs: 20 });
    // In software a peer takes minutes for this one; its epochs are all alike.
    await this.#compare(
      "head",
      `${what}, 20 epochs`,
      this.ours.contender("epochs"),
      (peer) => peer.fit?.(20),
      {
        note: fits,
        turns: this.software ? { seconds: 0, least: 1 } : { least: 3 },
        peers: this.peers.filter(({ backend }) => !this.software || backend === "wasm"),
      },
    );
  }

  async matmul() {
    for (const [n, chain] of this.software
      ? [[256, 1]]
      : [
          [1024, 20],
          [4096, 2],
        ]) {
      await this.ours.make("matmul", { n, chain });
      const speed = (ms) => `${((2 * n ** 3) / ms / 1e6).toPrecision(3)} GFLOP/s`;
      await this.#compare(
        "matmul",
        `matrix product ${n} x ${n} x ${n}`,
        this.ours.contender("matmul"),
        (peer) => peer.matmul?.(n, chain),
        {
          note: speed,
          peers: this.peers.filter(({ backend }) => n <= 1024 || backend !== "wasm"),
        },
      );
    }
  }

  convnet() {
    return this.#step("convnet", "MNIST conv net training step", 16, 128);
  }

  lstm() {
    return this.#step("lstm", "LSTM 128 on 40 characters, training step", 16, 128);
  }

  transformer() {
    const title = "transformer block training step, width 256, 4 heads, 128 tokens";
    return this.#step("transformer", title, 1, 32);
  }

  // Adam steps on a batch, a small one where the adapter is software.
  async #step(name, title, small, usual) {
    const batch = this.software ? small : usual;
    await this.ours.make(name, { batch });
    await this.#compare(
      name,
      `${title}, batch ${batch}, Adam`,
      this.ours.contender(name),
      (peer) => peer[name]?.(batch),
      { note: "many steps, then the loss read once" },
    );
  }

  // Heavy ops one by one; what they are Python says (pywebml/apps/bench/ops.py).
  async ops() {
    const { names } = await this.ours.make("ops", {});
    for (const op of names) {
      const { title, inputs, call } = await this.ours.make("ops", { op });
      await this.#compare(
        "ops",
        title,
        this.ours.contender("ops"),
        (peer) => (call.length ? peer.op?.(call, inputs) : null),
        { note: "many in a row, then one value read", turns: { seconds: 1, least: 3 } },
      );
    }
  }

  // Ours on 16-bit floats beside ours on 32, where the adapter has them.
  async float16() {
    if (!this.halves) return;
    const pair = async (work, what, given) => {
      for (const dtype of ["float32", "float16"])
        await this.ours.make(work, { ...given, name: dtype, dtype });
      const peer = { name: "pywebml, float32", run: this.ours.contender("float32").run };
      await this.#compare(
        "float16",
        `${what}, float16`,
        this.ours.contender("float16"),
        () => peer,
        { peers: [peer] },
      );
    };
    for (const [n, chain] of this.software
      ? [[256, 1]]
      : [
          [1024, 20],
          [4096, 2],
        ])
      await pair("matmul", `matrix product ${n} x ${n} x ${n}`, { n, chain });
    const side = NETWORKS[OWN];
    await pair("frame", `${OWN} and a head, ${side}x${side}, batch 1`, {
      own: true,
      image: scene(side),
    });
  }
}

// A picture of its own, the same in every browser, as an ImageData: coloured bands and
// discs.
function scene(side) {
  const canvas = Object.assign(document.createElement("canvas"), { width: side, height: side });
  const context = canvas.getContext("2d");
  for (let y = 0; y < side; y += 16) {
    context.fillStyle = `rgb(${y}, ${(y * 3) % 256}, ${255 - y})`;
    context.fillRect(0, y, side, 16);
  }
  for (let i = 0; i < 7; i++) {
    context.fillStyle = `rgb(${255 - 30 * i}, ${30 * i}, ${(90 * i) % 256})`;
    context.beginPath();
    context.arc(30 + 28 * i, 40 + ((i * 61) % 150), 12 + 4 * i, 0, 2 * Math.PI);
    context.fill();
  }
  return context.getImageData(0, 0, side, side);
}

// The files of the peers' MobileNet by name, which we load as well. `at`: the URL of
// its model.json.
async function modelFiles(at) {
  const response = await fetch(at);
  const text = new Uint8Array(await response.arrayBuffer());
  const { weightsManifest } = JSON.parse(new TextDecoder().decode(text));
  const paths = weightsManifest.flatMap((group) => group.paths);
  const parts = await Promise.all(
    paths.map(async (path) => new Uint8Array(await (await fetch(new URL(path, at))).arrayBuffer())),
  );
  return Object.fromEntries([["model.json", text], ...paths.map((path, i) => [path, parts[i]])]);
}
