// The service counts Unicode code points; a JavaScript string counts UTF-16 code units. This is where they meet.

/**
 * Convert ascending code point offsets into offsets that `text.slice` takes.
 * An offset past the end gives the length of the text. Half a surrogate pair counts as one code point.
 */
export function toCodeUnits(text, offsets) {
  const converted = [];
  let units = 0;
  let points = 0;
  for (const offset of offsets) {
    while (points < offset && units < text.length) {
      units += text.codePointAt(units) > 0xffff ? 2 : 1;
      points += 1;
    }
    converted.push(units);
  }
  return converted;
}

/**
 * Cut `text` at `spans` ({start, end} in code points, in any order, overlapping or not).
 * Return pieces {text, marked} that join back to the text; no piece is empty, no two neighbours are alike.
 */
export function cut(text, spans) {
  const merged = merge(spans);
  const bounds = toCodeUnits(text, merged.flatMap(({ start, end }) => [start, end]));
  const pieces = [];
  let marked = false;
  let read = 0;
  for (const bound of [...bounds, text.length]) {
    if (bound > read) {
      pieces.push({ text: text.slice(read, bound), marked });
    }
    read = bound;
    marked = !marked;
  }
  return pieces;
}

/** Return the same stretches in ascending order, those that touch joined into one, empty ones left out. */
function merge(spans) {
  const merged = [];
  const ascending = spans.filter(({ start, end }) => start < end).sort((one, other) => one.start - other.start);
  for (const { start, end } of ascending) {
    const last = merged.at(-1);
    if (last && start <= last.end) {
      last.end = Math.max(last.end, end);
    } else {
      merged.push({ start, end });
    }
  }
  return merged;
}
