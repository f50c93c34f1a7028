// The page of documents: puts its parts together.

import { DOCUMENT_WORDS } from "./documents_words.js";
import { gather } from "./gathering.js";
import { Keeping } from "./keeping.js";
import { Key } from "./key.js";
import { learn, say } from "./labels.js";
import { Shelf } from "./shelf.js";
import { offerLanguages } from "./speaking.js";
import { Uploads } from "./uploads.js";

const find = (selector) => document.querySelector(selector);
const { endings, maxBytes, maxFiles, uploadBytes } = document.body.dataset;
const bounds = { bytes: Number(maxBytes), files: Number(maxFiles), batch: Number(uploadBytes) };

learn(DOCUMENT_WORDS);
const keeping = new Keeping();
const key = new Key(document, () => uploads.resume());
const shelf = new Shelf(find("#shelf"), keeping, key);
const uploads = new Uploads(find("#uploads"), keeping, key, bounds, () => shelf.refresh());

find("#files").accept = endings.replaceAll(" ", ",");
gather(
  find("#drop"),
  [
    [find("#choose-files"), find("#files")],
    [find("#choose-folder"), find("#folder")],
  ],
  new Set(endings.split(" ")),
  (gathered) => uploads.add(gathered),
);
offerLanguages();
say(find("#takes"), "takes", bounds.bytes);
shelf.open();
uploads.restore();
