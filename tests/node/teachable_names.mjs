// Which of the names on standard input, such as "tmImage.CustomMobileNet.predict", the
// library of Teachable Machine has not: what it exports, and its classes' own methods.

import { readFileSync } from "node:fs";
import tmImage from "@teachablemachine/image";

const names = JSON.parse(readFileSync(0, "utf8"));
const of = (name) =>
  name
    .split(".")
    .slice(1)
    .reduce((space, part) => space?.[part] ?? space?.prototype?.[part], tmImage);
process.stdout.write(JSON.stringify(names.filter((name) => of(name) === undefined)));
