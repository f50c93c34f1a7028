// How numbers, sizes and dates are written in each language of the interface.

/** Return what writes numbers of a locale. */
export const format = (locale, options) => new Intl.NumberFormat(locale, options).format;

/** Return what writes a count with the noun that fits it. */
export function counter(locale, numbers) {
  const rules = new Intl.PluralRules(locale);
  // one, few, many; English has no "few" and calls the rest "other"
  return (count, one, few, many = few) => `${numbers(count)} ${{ one, few }[rules.select(count)] ?? many}`;
}

/** Return what writes bytes; `units` are the words for B, KB, MB and GB. */
export function bytes(locale, units) {
  const rounded = format(locale, { maximumFractionDigits: 0 });
  const exact = format(locale, { maximumFractionDigits: 1 });
  return (count) => {
    let [size, unit] = [count, 0];
    while (size >= 1023.5 && unit < units.length - 1) {
      [size, unit] = [size / 1024, unit + 1];
    }
    return `${size < 9.95 ? exact(size) : rounded(size)} ${units[unit]}`;
  };
}

/** Return what writes the day of an ISO 8601 time. */
export function day(locale, options) {
  const written = new Intl.DateTimeFormat(locale, options);
  return (time) => written.format(new Date(time));
}
