/** Reading the tables and lists of /proc. */

/** Rows of a white-space separated table, without empty lines. */
export function rows(text: string, skip = 0): string[][] {
  return text
    .split('\n')
    .slice(skip)
    .filter((line) => line.trim() !== '')
    .map((line) => line.trim().split(/\s+/));
}

/** `key value` or `Key:  value kB` lines as numbers; kB become bytes. */
export function keyValues(text: string): Map<string, number> {
  const values = new Map<string, number>();
  for (const [key = '', value, unit] of rows(text)) {
    const number = Number(value);
    if (Number.isFinite(number)) values.set(key.replace(/:$/, ''), unit === 'kB' ? number * 1024 : number);
  }
  return values;
}

/** A number of a row, 0 where the kernel is too old to have the column. */
export function column(row: readonly string[], index: number): number {
  const value = Number(row[index]);
  return Number.isFinite(value) ? value : 0;
}
