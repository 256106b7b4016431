/** Units: from UCUM, as OpenTelemetry writes them, to the fixed set of CloudWatch. */

/** A CloudWatch StandardUnit, and what values are multiplied by to be in it. */
export interface StandardUnit {
  readonly name: string;
  readonly factor: number;
}

const SIZES: Readonly<Record<string, readonly [name: string, factor: number]>> = {
  By: ['Bytes', 1],
  kBy: ['Kilobytes', 1],
  MBy: ['Megabytes', 1],
  GBy: ['Gigabytes', 1],
  TBy: ['Terabytes', 1],
  KiBy: ['Bytes', 1024],
  MiBy: ['Bytes', 2 ** 20],
  GiBy: ['Bytes', 2 ** 30],
  TiBy: ['Bytes', 2 ** 40],
  bit: ['Bits', 1],
  kbit: ['Kilobits', 1],
  Mbit: ['Megabits', 1],
  Gbit: ['Gigabits', 1],
  Tbit: ['Terabits', 1],
};

const TIMES: Readonly<Record<string, readonly [name: string, factor: number]>> = {
  s: ['Seconds', 1],
  ms: ['Milliseconds', 1],
  us: ['Microseconds', 1],
  µs: ['Microseconds', 1],
  ns: ['Microseconds', 0.001],
  min: ['Seconds', 60],
  h: ['Seconds', 3600],
  d: ['Seconds', 86_400],
};

const NONE: StandardUnit = { name: 'None', factor: 1 };
const COUNT: StandardUnit = { name: 'Count', factor: 1 };

const BY_UCUM: ReadonlyMap<string, StandardUnit> = new Map([
  ...Object.entries({ ...TIMES, ...SIZES }).map(([unit, [name, factor]]) => [unit, { name, factor }] as const),
  ...Object.entries(SIZES).map(([unit, [name, factor]]) => [`${unit}/s`, { name: `${name}/Second`, factor }] as const),
  ['%', { name: 'Percent', factor: 1 }],
  ['1/s', { name: 'Count/Second', factor: 1 }],
]);

/** Every name that CloudWatch takes. */
export const STANDARD_UNITS: ReadonlySet<string> = new Set([...BY_UCUM.values(), COUNT, NONE].map((unit) => unit.name));

/** The unit of a metric. What CloudWatch has no name for is `None`; a bare number of a counter is `Count`. */
export function standardUnit(unit: string, isCounter: boolean): StandardUnit {
  if (unit === '' || unit === '1') return isCounter ? COUNT : NONE;
  const known = BY_UCUM.get(unit);
  if (known !== undefined) return known;
  if (STANDARD_UNITS.has(unit)) return { name: unit, factor: 1 };
  if (/^\{[^{}]*\}$/.test(unit)) return COUNT;
  if (/^\{[^{}]*\}\/s$/.test(unit)) return { name: 'Count/Second', factor: 1 };
  return NONE;
}
