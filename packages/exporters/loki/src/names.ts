/** Names and values as Loki takes them: one name that it cannot normalize would fail the whole push with 500. */

const CACHED = 4096;
const cache = new Map<string, string>();

/** The most labels of a stream, `service_name` not counted. */
export const MAX_LABELS = 15;
/** The longest label value and the longest name, in bytes. */
export const MAX_LABEL_VALUE_BYTES = 2048;
const MAX_NAME_BYTES = 1024;

/**
 * The name as Loki's own OTLP endpoint would make it: `_` for all but letters, digits and `_`, runs of `_` as one,
 * `key_` before a digit. `''` for a name of which nothing would be left.
 */
export function lokiName(name: string): string {
  const known = cache.get(name);
  if (known !== undefined) return known;
  let made = name.replace(/[^A-Za-z0-9_]/g, '_').replace(/_+/g, '_');
  if (made === '_') made = '';
  if (/^[0-9]/.test(made)) made = `key_${made}`;
  made = made.slice(0, MAX_NAME_BYTES);
  if (cache.size >= CACHED) cache.clear();
  cache.set(name, made);
  return made;
}

/** Label names that may stand in a selector. */
export function isLabelName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !name.startsWith('__') && name.length <= MAX_NAME_BYTES;
}
