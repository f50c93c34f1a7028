// Where the reader page shows a passage.

const LONGEST = 2000; // characters of a question that the service takes

/** Return the address of the reader at a passage, which tells there why it was found for `question`. */
export function readerAddress(sourceUrl, question) {
  const asked = new URLSearchParams({ question: [...question].slice(0, LONGEST).join("") });
  return `${sourceUrl}&${asked}#passage`; // the fragment leads there even where scripts do not run
}
