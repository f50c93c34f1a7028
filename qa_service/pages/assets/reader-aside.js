// Beside the text: which section and page is being read, and the way to another.

import { say } from "./labels.js";

const READING_LINE = 1 / 3; // of the view's height: what begins above it is being read

/** Keep the contents, the page field and the link to the original at what is being read. */
export function followAside() {
  const aside = document.querySelector("#aside");
  if (!aside) {
    return;
  }
  aside.addEventListener("click", (event) => {
    if (event.target.closest("a") && aside.matches(":popover-open")) {
      aside.hidePopover();
    }
  });
  const entries = new Map([...aside.querySelectorAll(".contents a")].map((link) => [link.hash.slice(1), link]));
  const follow = [sectionFollower(aside, entries), pageFollower(aside.querySelector(".jump"))];
  const places = [...document.querySelectorAll("article .page, article :is(h1, h2, h3, h4, h5, h6)")];
  const runs = [...document.querySelectorAll("article .run")].map((run) => ({ run, places: [] }));
  const byRun = new Map(runs.map((each) => [each.run, each]));
  for (const place of places) {
    byRun.get(place.closest(".run")).places.push(place);
  }
  const look = () => follow.forEach((show) => show((isWanted) => passedPlaces(runs).find(isWanted)));
  onceAFrame(look);
  look();
}

/**
 * Yield the places that begin above the reading line, the last one first. Only the run at the line is measured:
 * those far from the view are not laid out, and asking them would lay them out.
 */
function* passedPlaces(runs) {
  if (runs.length === 0) {
    return;
  }
  const line = innerHeight * READING_LINE;
  let [low, high] = [0, runs.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (runs[middle].run.getBoundingClientRect().top <= line) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  yield* runs[low].places.filter((place) => place.getBoundingClientRect().top <= line).reverse();
  for (let above = low - 1; above >= 0; above -= 1) {
    yield* runs[above].places.toReversed();
  }
}

function sectionFollower(aside, entries) {
  let current = null;
  return (lastPassed) => {
    const link = entries.get(lastPassed((place) => entries.has(place.id))?.id) ?? null;
    if (link === current) {
      return;
    }
    current?.removeAttribute("aria-current");
    link?.setAttribute("aria-current", "location");
    current = link;
    if (link && !aside.matches(":hover, :focus-within")) {
      keepInView(aside, link);
    }
  };
}

function pageFollower(form) {
  if (!form) {
    return () => {};
  }
  form.hidden = false;
  const field = form.querySelector("input");
  const originals = document.querySelectorAll(".original");
  const marks = [...document.querySelectorAll("article .page")];
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const wanted = Number(field.value);
    const mark = marks.findLast(({ dataset }) => Number(dataset.page) <= wanted) ?? marks[0];
    form.closest("[popover]:popover-open")?.hidePopover();
    location.hash = mark.id;
    mark.scrollIntoView(); // again, where the address was the same
    mark.focus({ preventScroll: true });
  });
  return (lastPassed) => {
    const page = lastPassed((place) => place.dataset.page)?.dataset.page ?? marks[0]?.dataset.page;
    if (!page) {
      return;
    }
    if (document.activeElement !== field) {
      field.value = page;
    }
    for (const original of originals) {
      original.hash = `page=${page}`;
      say(original.querySelector("span"), "original_at", page);
    }
  };
}

/** Scroll `box`, and nothing else, so that `target` is in it. */
function keepInView(box, target) {
  const [outer, inner] = [box.getBoundingClientRect(), target.getBoundingClientRect()];
  if (inner.top < outer.top || inner.bottom > outer.bottom) {
    box.scrollTop += inner.top - outer.top - outer.height / 3;
  }
}

function onceAFrame(look) {
  let isDue = false;
  const ask = () => {
    if (!isDue) {
      isDue = true;
      requestAnimationFrame(() => {
        isDue = false;
        look();
      });
    }
  };
  addEventListener("scroll", ask, { passive: true });
  addEventListener("resize", ask, { passive: true });
}
