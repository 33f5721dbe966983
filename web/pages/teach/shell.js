// What stands around the model in a page of its own: fetched from this build, whose files
// they are.

import { t } from "../../shared/language.js";

const APP = new URL("../../", import.meta.url);

/** {path in the page: bytes}, as `teach.own_page` takes them. */
export async function shellFiles() {
  const [sources, assets] = await Promise.all(["own/files.json", "assets.json"].map(json));
  const files = { ...sources, "pywebml/xnnpack.bin": assets.xnnpack };
  const entries = await Promise.all(
    Object.entries(files).map(async ([path, source]) => [path, await bytes(source)]),
  );
  return Object.fromEntries(entries);
}

async function fetched(source) {
  const answer = await fetch(new URL(source, APP)).catch(() => null);
  if (!answer?.ok) throw new Error(t`${source} could not be loaded; is there a connection?`);
  return answer;
}

const json = async (source) => (await fetched(source)).json();
const bytes = async (source) => new Uint8Array(await (await fetched(source)).arrayBuffer());
