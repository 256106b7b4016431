/** Numbers with their units, as a person reads them: `12 %`, `3.2 GiB`, `1.5 ms`, `1,234 operations`. */
import { printable } from './text.ts';

/** A value in an OTel (UCUM) unit; `ratio` prints a dimensionless value between 0 and 1 as a percentage. */
export function quantity(value: number | bigint | undefined, unit: string, ratio = false): string {
  if (value === undefined) return 'no value';
  const number = Number(value);
  if (!Number.isFinite(number)) return withUnit(String(number), plainUnit(unit));
  const [base = '', per = ''] = unit.split('/', 2);
  const suffix = per === '' ? '' : `/${plainUnit(per)}`;
  if (base === 'By') return scaled(number, BYTES, 1024) + suffix;
  if (base === 'bit') return scaled(number, BITS, 1000) + suffix;
  const seconds = SECONDS[base];
  if (seconds !== undefined && suffix === '') return duration(number * seconds);
  if (unit === '%') return `${compact(number)} %`;
  if (unit === '1' && ratio) return `${compact(number * 100)} %`;
  return withUnit(typeof value === 'bigint' ? grouped(value) : compact(number), countedUnit(unit, number));
}

/** Seconds in the unit that gives one to three digits before the point. */
export function duration(seconds: number): string {
  const size = Math.abs(seconds);
  if (size === 0) return '0 s';
  if (size < 1e-6) return `${compact(seconds * 1e9)} ns`;
  if (size < 1e-3) return `${compact(seconds * 1e6)} µs`;
  if (size < 1) return `${compact(seconds * 1e3)} ms`;
  if (size < 120) return `${compact(seconds)} s`;
  if (size < 7200) return `${compact(seconds / 60)} min`;
  if (size < 172_800) return `${compact(seconds / 3600)} h`;
  return `${compact(seconds / 86_400)} d`;
}

/** A number with three significant digits, all digits of its integer part, and thousands separated. */
export function compact(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e15)) return value.toExponential(2).replace('.00e', 'e');
  if (Number.isInteger(value)) return grouped(BigInt(value));
  if (size >= 100) return grouped(BigInt(Math.round(value)));
  return String(Number(value.toPrecision(3)));
}

const BYTES = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
const BITS = ['bit', 'kbit', 'Mbit', 'Gbit', 'Tbit'];
const SECONDS: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  ms: 1e-3,
  s: 1,
  min: 60,
  h: 3600,
  d: 86_400,
};

function scaled(value: number, units: readonly string[], step: number): string {
  let rest = value;
  let at = 0;
  while (Math.abs(rest) >= step && at < units.length - 1) {
    rest /= step;
    at++;
  }
  return `${compact(rest)} ${units[at]}`;
}

/** `{operation}` is an annotation, not a unit: its text is what is counted. `1` says nothing. */
function plainUnit(unit: string): string {
  const bare = printable(unit.replace(/[{}]/g, ''));
  return bare === '1' ? '' : bare;
}

/** What is counted, in the plural unless there is one: `3 operations/s`. */
function countedUnit(unit: string, value: number): string {
  const [, word, rest] = /^\{([a-z]+)\}(.*)$/.exec(unit) ?? [];
  if (word === undefined || value === 1) return plainUnit(unit);
  return plural(word) + plainUnit(rest ?? '');
}

function plural(word: string): string {
  if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ies`;
  if (/(ss|x|ch|sh)$/.test(word)) return `${word}es`;
  return word.endsWith('s') ? word : `${word}s`;
}

function withUnit(number: string, unit: string): string {
  return unit === '' ? number : `${number} ${unit}`;
}

function grouped(value: bigint): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}
