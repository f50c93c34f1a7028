// Questions to begin with. Each belongs to a sample document and is offered only where that is indexed.

const EXAMPLES = [
  { language: "be", question: "Калі выйшла першая кніга Скарыны?", file: "01-skaryna-dzvie-drukarni.md" },
  { language: "ru", question: "Сколько тонн увёз рекордный самосвал?", file: "02-belaz-75710.md" },
  { language: "en", question: "When was the Belarusian forest added to the World Heritage list?", file: "03-bialowieza-world-heritage.html" },
];

/** Return the examples that these documents can answer. */
export function examplesFor(documents) {
  const files = new Set(documents.map(({ uri }) => uri.split("/").at(-1)));
  return EXAMPLES.filter(({ file }) => files.has(file));
}
