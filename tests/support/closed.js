// What tests/tab/test_closed.py keeps and looks at, in a page of the built site.
async (base) => {
  const files = ["runtime/databases.js", "runtime/opfs.js", "pages/teach/store.js"];
  const parts = await Promise.all(files.map((file) => import(base + file)));
  const { database, opfs, Store } = Object.assign({}, ...parts);
  const bytes = (text) => new TextEncoder().encode(text);
  const write = (name, text) => database.write(name, "", bytes(""), "[]", bytes(text), "{}");
  const models = async () => {
    const names = JSON.parse(await database.entries())
      .map(([name]) => name)
      .sort();
    const entries = await Promise.all(names.map((name) => database.read(name)));
    return names.map((name, i) => [name, new TextDecoder().decode(entries[i].data)]);
  };
  const put = async (entry, texts) => {
    await opfs.begin(entry);
    for (const [path, text] of Object.entries(texts)) await opfs.add(entry, path, bytes(text));
    await opfs.finish(entry);
  };
  const folders = async () => {
    const seen = [];
    for (const entry of ["one", "two"])
      for (const path of (await opfs.list(entry).catch(() => null)) ?? [])
        seen.push([
          entry,
          path,
          await opfs.read(entry, path).then((b) => new TextDecoder().decode(b)),
        ]);
    return JSON.parse(JSON.stringify(seen)).sort();
  };
  const lesson = async (change) => {
    const store = await Store.open();
    try {
      if (change) return await store.write(change);
      const { project, head, samples } = (await store.load()) ?? { samples: [] };
      return [project, head, samples.map(({ id, features }) => [id, features])];
    } finally {
      store.close();
    }
  };
  const set = (text) =>
    Array.from({ length: 6 }, (_, i) => ({ id: `${i}`, key: "a", features: text, picture: null }));
  // [what is there, then one change after the other, each whole]
  globalThis.kinds = {
    "a model": [models, () => write("one", "old"), () => write("one", "new")],
    "a copied model": [models, () => write("one", "old"), () => write("two", "old")],
    "a moved model": [
      models,
      () => write("one", "old"),
      () => write("two", "old"),
      () => database.remove("one"),
    ],
    "a removed model": [models, () => write("one", "old"), () => database.remove("one")],
    files: [
      folders,
      () => put("one", { a: "old", b: "old" }),
      () => put("one", { a: "new", b: "new" }),
    ],
    "copied files": [folders, () => put("one", { a: "old" }), () => put("two", { a: "old" })],
    "moved files": [
      folders,
      () => put("one", { a: "old" }),
      () => put("two", { a: "old" }),
      () => opfs.remove("one"),
    ],
    "removed files": [folders, () => put("one", { a: "old" }), () => opfs.remove("one")],
    "a lesson": [
      lesson,
      () => lesson({ project: "old", head: "old" }),
      () => lesson({ project: "new", head: "new" }),
    ],
    "a training set": [
      lesson,
      () => lesson({ project: "old", put: set("old") }),
      () => lesson({ project: "new", put: set("new").slice(0, 4), remove: ["5"], head: "new" }),
    ],
  };
};
