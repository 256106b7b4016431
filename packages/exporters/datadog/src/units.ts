/** Units of UCUM by Datadog's names; it has no name for the others. */
const UNITS: Readonly<Record<string, string>> = {
  '%': 'percent',
  By: 'byte',
  KiBy: 'kibibyte',
  MiBy: 'mebibyte',
  ms: 'millisecond',
  ns: 'nanosecond',
  s: 'second',
  us: 'microsecond',
};

/** `''` where there is none. */
export function datadogUnit(unit: string): string {
  return Object.hasOwn(UNITS, unit) ? (UNITS[unit] ?? '') : '';
}
