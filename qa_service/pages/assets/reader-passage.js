// Bringing the cited passage into view.

/** Show the passage, whole where it fits, and give it the focus; what the browser restores by itself is left alone. */
export function bringIntoView(passage) {
  const [arrival] = performance.getEntriesByType("navigation");
  const [, place] = location.hash.split("#");
  // coming back or loading again, the browser restores the place itself; an address of a heading or page leads there
  if (!passage || arrival?.type !== "navigate" || (place && place !== "passage")) {
    return;
  }
  const last = document.querySelector("mark.passage.last") ?? passage;
  const height = last.getBoundingClientRect().bottom - passage.getBoundingClientRect().top;
  passage.scrollIntoView({ block: "start", behavior: "instant" });
  if (height < innerHeight / 2) {
    passage.scrollIntoView({ block: "center", behavior: "instant" });
  }
  passage.focus({ preventScroll: true });
}
