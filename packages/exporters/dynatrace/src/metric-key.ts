/** Metric keys as Dynatrace takes them, by the rules of its own client library for Java (2.5.0). */

/** UTF-16 units. */
const MAX_LENGTH = 255;
const MIN_LENGTH = 3;

/** What may not begin the first section, or a later one, with the run of illegal characters after it. */
const FIRST = /^[^A-Za-z_][^A-Za-z0-9_-]*/;
const LATER = /^[^A-Za-z0-9_][^A-Za-z0-9_-]*/;

/** A key to send, or why there is none. */
export type MetricKey = { readonly key: string; readonly filled: boolean } | { readonly refused: string };

/**
 * The key for a metric name: sections of `[A-Za-z0-9_-]` joined by dots. What is illegal becomes one `_` per run, empty
 * sections go; a key that would be shorter than three characters is filled with `_`. There is room for a suffix.
 */
export function metricKey(name: string, prefix: string, suffix = 0): MetricKey {
  const cut = (prefix === '' ? name : `${prefix}.${name}`).slice(0, MAX_LENGTH - suffix);
  if (cut === '' || cut.startsWith('.')) return { refused: 'the metric key is empty, or begins with a dot' };
  const sections = cut.split('.');
  let key = section(sections[0] ?? '', FIRST);
  for (const each of sections.slice(1)) if (each !== '') key += `.${section(each, LATER)}`;
  if (/^dt\./.test(key)) return { refused: 'metric keys that begin with dt. are reserved; set metric_prefix' };
  return { key: key.padEnd(MIN_LENGTH, '_'), filled: key.length < MIN_LENGTH };
}

function section(text: string, illegalStart: RegExp): string {
  return text.replace(illegalStart, '_').replaceAll(/[^A-Za-z0-9_-]+/g, '_');
}
