/** UCUM units as the words Prometheus names use. */

const MAIN: Readonly<Record<string, string>> = {
  d: 'days',
  h: 'hours',
  min: 'minutes',
  s: 'seconds',
  ms: 'milliseconds',
  us: 'microseconds',
  ns: 'nanoseconds',
  By: 'bytes',
  KiBy: 'kibibytes',
  MiBy: 'mebibytes',
  GiBy: 'gibibytes',
  TiBy: 'tebibytes',
  KBy: 'kilobytes',
  MBy: 'megabytes',
  GBy: 'gigabytes',
  TBy: 'terabytes',
  m: 'meters',
  V: 'volts',
  A: 'amperes',
  J: 'joules',
  W: 'watts',
  g: 'grams',
  Cel: 'celsius',
  Hz: 'hertz',
  '1': '',
  '%': 'percent',
};

const PER: Readonly<Record<string, string>> = {
  s: 'second',
  m: 'minute',
  h: 'hour',
  d: 'day',
  w: 'week',
  mo: 'month',
  y: 'year',
};

/** The unit as words: `{ main: 'meters', per: 'second' }` for `m/s`; empty where there is none. */
export interface UnitWords {
  readonly main: string;
  readonly per: string;
}

function word(part: string, table: Readonly<Record<string, string>>): string {
  const trimmed = part.trim();
  if (trimmed.includes('{') || trimmed.includes('}')) return '';
  const known = Object.hasOwn(table, trimmed) ? table[trimmed] : trimmed;
  return (known ?? '').replace(/[^A-Za-z0-9:]+/gu, '_').replace(/^_+|_+$/g, '');
}

/** The words of a UCUM unit; annotations in braces are no unit. */
export function unitWords(unit: string): UnitWords {
  const slash = unit.indexOf('/');
  if (slash === -1) return { main: word(unit, MAIN), per: '' };
  return { main: word(unit.slice(0, slash), MAIN), per: word(unit.slice(slash + 1), PER) };
}

/** The unit as one word, as metric metadata carries it. */
export function unitText(unit: string): string {
  const { main, per } = unitWords(unit);
  if (per === '') return main;
  return main === '' ? `per_${per}` : `${main}_per_${per}`;
}
