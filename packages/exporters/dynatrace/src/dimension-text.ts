/** Keys and values of dimensions as metric lines hold them, by the rules of Dynatrace's client library for Java (2.5.0). */

/** UTF-16 units, of keys and of values with their escapes. */
const MAX_KEY = 100;
const MAX_VALUE = 255;

/** Nothing to replace and nothing to escape. */
const PLAIN_VALUE = /^[\w./:;@#$%&'()*+!?<>[\]{}|~^`-]*$/;
/** Control, format, private, surrogate and unassigned characters, and the separators of lines and paragraphs. */
const UNPRINTABLE = /(?![\u{1f900}-\u{1f9ff}])[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}\p{Zl}\p{Zp}]/u;
const ESCAPED = /[,= \\"]/g;

/** The key of a dimension, lower case; `''` when nothing is left of it. */
export function dimensionKey(name: string): string {
  let key = '';
  for (const section of name.toLowerCase().slice(0, MAX_KEY).split('.')) {
    if (section === '') continue;
    const clean = section.replace(/^[^a-z_][^a-z0-9_:-]*/, '_').replaceAll(/[^a-z0-9_:-]+/g, '_');
    key += key === '' ? clean : `.${clean}`;
  }
  return key;
}

/** The value of a dimension, escaped and cut before the character that would not fit; `''` means: leave it out. */
export function dimensionValue(text: string): string {
  if (text.length <= MAX_VALUE) {
    if (PLAIN_VALUE.test(text)) return text;
    if (!UNPRINTABLE.test(text)) {
      const escaped = text.replaceAll(ESCAPED, '\\$&');
      if (escaped.length <= MAX_VALUE) return escaped;
    }
  }
  let value = '';
  let inRun = false;
  for (const character of text) {
    const unprintable = UNPRINTABLE.test(character);
    if (unprintable && inRun) continue;
    inRun = unprintable;
    const next = unprintable ? '_' : character.replaceAll(ESCAPED, '\\$&');
    if (value.length + next.length > MAX_VALUE) break;
    value += next;
  }
  return value;
}

/** A quoted value: quotes and backslashes escaped, line breaks as two characters, cut before `max` units. */
export function quotedValue(text: string, max: number): string {
  let value = '';
  for (const character of text) {
    const next =
      character === '\n' ? '\\n' : character === '"' || character === '\\' ? `\\${character}` : printable(character);
    if (value.length + next.length > max) break;
    value += next;
  }
  return `"${value}"`;
}

function printable(character: string): string {
  return UNPRINTABLE.test(character) ? '_' : character;
}
