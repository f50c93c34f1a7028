// Making elements. Text goes in as text nodes, so nothing that comes from a document can become markup.

/** Make an element; an attribute that is null or undefined is left out, as is such a child. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) {
      made.setAttribute(name, value);
    }
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}
