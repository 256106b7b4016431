/** Reads line protocol as InfluxDB 1.6 does, byte by byte: what it refuses, with its words. */

/** A point as the server would store it. */
export interface InfluxPoint {
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Floats as numbers, integers as bigints. */
  readonly fields: Readonly<Record<string, number | bigint | string | boolean>>;
  /** In the unit of the request; `undefined`: the time of arrival. */
  readonly time: bigint | undefined;
}

const MAX_KEY_BYTES = 65_535;
const MAX_INT64 = 0x7fff_ffff_ffff_ffffn;

/** Says why a line is none. */
export class InfluxParseError extends Error {}

function must(condition: boolean, reason: string): asserts condition {
  if (!condition) throw new InfluxParseError(reason);
}

/**
 * The point of a line; throws why a line is none. Comments and blank lines are `undefined`.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type InfluxPoint, readInfluxLine } from '@telemetryflow/testkit';
 *
 * const point: InfluxPoint | undefined = readInfluxLine('orders,host=web-1 total=3i,paid=0.5 1795521600');
 * assert.deepEqual({ ...point?.fields }, { total: 3n, paid: 0.5 });
 * assert.equal(readInfluxLine('# a comment'), undefined);
 * assert.throws(() => readInfluxLine('orders,host= total=3i'), /missing tag value/);
 * ```
 */
export function readInfluxLine(line: string): InfluxPoint | undefined {
  if (line.trim() === '' || line.startsWith('#')) return undefined;
  const parts = splitLine(line);
  must(parts.length >= 2, 'missing fields');
  must(parts.length <= 3, 'bad timestamp');
  const [head = '', fieldText = '', timeText] = parts;
  const [measurement = '', ...pairs] = split(head, ',');
  must(measurement !== '', 'missing measurement');
  const tags: Record<string, string> = Object.create(null);
  for (const pair of pairs) {
    const [key = '', value, ...more] = split(pair, '=');
    must(key !== '', 'missing tag key');
    must(value !== undefined && value !== '', 'missing tag value');
    must(more.length === 0, 'invalid tag format');
    must(!(plain(key) in tags), 'duplicate tags');
    must(plain(key) !== 'time', 'input tag "time" is reserved');
    tags[plain(key)] = plain(value);
  }
  const fields: Record<string, number | bigint | string | boolean> = Object.create(null);
  for (const pair of split(fieldText, ',')) {
    const [key = '', value = ''] = split(pair, '=');
    must(key !== '', 'missing field key');
    must(value !== '', 'missing field value');
    fields[plain(key)] = fieldValue(value);
  }
  must(
    Buffer.byteLength(head) + Math.max(...Object.keys(fields).map((key) => Buffer.byteLength(key))) + 4 <=
      MAX_KEY_BYTES,
    'max key length exceeded',
  );
  if (timeText === undefined) return { measurement: plain(measurement), tags, fields, time: undefined };
  must(/^-?\d+$/.test(timeText), 'bad timestamp');
  const time = BigInt(timeText);
  must(time <= MAX_INT64 && time >= -MAX_INT64, 'bad timestamp');
  return { measurement: plain(measurement), tags, fields, time };
}

function fieldValue(text: string): number | bigint | string | boolean {
  if (text.startsWith('"')) {
    must(text.length > 1 && /^"([^"\\]|\\.)*"$/s.test(text), 'unbalanced quotes');
    return text.slice(1, -1).replaceAll(/\\(["\\])/g, '$1');
  }
  if (/^(t|T|true|True|TRUE)$/.test(text)) return true;
  if (/^(f|F|false|False|FALSE)$/.test(text)) return false;
  if (/^-?\d+i$/.test(text)) {
    const integer = BigInt(text.slice(0, -1));
    must(integer <= MAX_INT64 && integer >= -MAX_INT64 - 1n, 'unable to parse integer: value out of range');
    return integer;
  }
  must(/^[+-]?\d+(\.\d*)?([eE][+-]?\d+)?$/.test(text) && Number.isFinite(Number(text)), 'invalid number');
  return Number(text);
}

/** Parts at a separator that has no backslash before it, as the server looks for it. */
function split(text: string, separator: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== separator || text[i - 1] === '\\') continue;
    parts.push(text.slice(start, i));
    start = i + 1;
  }
  return [...parts, text.slice(start)];
}

/** Series, fields and time: blanks inside quoted fields do not count. */
function splitLine(line: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    if (line[i] === '"' && line[i - 1] !== '\\' && parts.length === 1) quoted = !quoted;
    if (line[i] !== ' ' || line[i - 1] === '\\' || quoted) continue;
    parts.push(line.slice(start, i));
    start = i + 1;
  }
  must(!quoted, 'unbalanced quotes');
  return [...parts, line.slice(start)];
}

/** Without the backslashes that escape; others stay. */
function plain(text: string): string {
  return text.replaceAll(/\\([,= ])/g, '$1');
}
