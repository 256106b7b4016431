/** Reads series and sketches as Datadog does: protobuf or JSON, refusing what it refuses. Written from the formats. */

/** One point of a series, whichever form it came in. */
export interface DatadogPoint {
  readonly metric: string;
  readonly type: 'count' | 'rate' | 'gauge' | 'distribution';
  readonly timestamp: number;
  /** Of a distribution: its sum. */
  readonly value: number;
  readonly host: string | undefined;
  readonly tags: readonly string[];
  readonly unit: string | undefined;
  readonly interval: number | undefined;
  /** Of a distribution. */
  readonly sketch?: DatadogSketch;
}

/** One Dogsketch. */
export interface DatadogSketch {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly average: number;
  readonly k: readonly number[];
  readonly n: readonly number[];
}

const TYPES = ['', 'count', 'rate', 'gauge'] as const;

/** Points of `MetricPayload`. */
export function datadogProtoSeries(bytes: Buffer): DatadogPoint[] {
  return fieldsOf(bytes).flatMap(([number, series]) => {
    expectField(number === 1, 'MetricPayload', number);
    return protoSeries(bytesOf(series));
  });
}

function protoSeries(bytes: Buffer): DatadogPoint[] {
  let metric = '';
  let host: string | undefined;
  let type = 0;
  let unit: string | undefined;
  let interval: number | undefined;
  const tags: string[] = [];
  const points: { value: number; timestamp: number }[] = [];
  for (const [number, value] of fieldsOf(bytes)) {
    if (number === 1) {
      const [kind, name] = fieldsOf(bytesOf(value)).map(([, text]) => textOf(text));
      if (kind === 'host') host = name;
    } else if (number === 2) metric = textOf(value);
    else if (number === 3) tags.push(textOf(value));
    else if (number === 4) points.push(protoPoint(bytesOf(value)));
    else if (number === 5) type = Number(value);
    else if (number === 6) unit = textOf(value);
    else if (number === 8) interval = Number(value);
    else expectField(number === 7 || number === 9, 'MetricSeries', number);
  }
  const name = TYPES[type];
  if (name === undefined || name === '') throw new Error(`The type ${type} is unknown.`);
  return points.map((point) => checked({ metric, type: name, ...point, host, tags, unit, interval }));
}

function protoPoint(bytes: Buffer): { value: number; timestamp: number } {
  const point = { value: 0, timestamp: 0 };
  for (const [number, value] of fieldsOf(bytes)) {
    if (number === 1) point.value = doubleOf(value);
    else if (number === 2) point.timestamp = Number(value);
    else expectField(false, 'MetricPoint', number);
  }
  return point;
}

/** Points of `SketchPayload`. */
export function datadogSketches(bytes: Buffer): DatadogPoint[] {
  return fieldsOf(bytes).flatMap(([number, sketch]) => {
    if (number === 2) return [];
    expectField(number === 1, 'SketchPayload', number);
    return protoSketch(bytesOf(sketch));
  });
}

function protoSketch(bytes: Buffer): DatadogPoint[] {
  let metric = '';
  let host: string | undefined;
  const tags: string[] = [];
  const entries: Buffer[] = [];
  for (const [number, value] of fieldsOf(bytes)) {
    if (number === 1) metric = textOf(value);
    else if (number === 2) host = textOf(value);
    else if (number === 4) tags.push(textOf(value));
    else if (number === 7) entries.push(bytesOf(value));
    else expectField(number === 8, 'Sketch', number);
  }
  return entries.map((entry) => {
    const doubles = [0, 0, 0, 0];
    let timestamp = 0;
    let count = 0;
    let k: number[] = [];
    let n: number[] = [];
    for (const [number, value] of fieldsOf(entry)) {
      if (number === 1) timestamp = Number(value);
      else if (number === 2) count = Number(value);
      else if (number >= 3 && number <= 6) doubles[number - 3] = doubleOf(value);
      else if (number === 7) k = varintsOf(bytesOf(value)).map((each) => Number((each >> 1n) ^ -(each & 1n)));
      else if (number === 8) n = varintsOf(bytesOf(value)).map(Number);
      else expectField(false, 'Dogsketch', number);
    }
    const [min = 0, max = 0, average = 0, value = 0] = doubles;
    if (k.length !== n.length || k.length === 0 || k.length > 4096) throw new Error('k and n do not fit together.');
    if (k.some((key, i) => key < (k[i - 1] ?? key))) throw new Error('The keys are not in order.');
    if (count <= 0 || min > average || average > max) throw new Error('Count, minimum, average, maximum: impossible.');
    const sketch = { count, min, max, average, k, n };
    return checked({
      metric,
      type: 'distribution',
      timestamp,
      value,
      host,
      tags,
      unit: undefined,
      interval: undefined,
      sketch,
    });
  });
}

interface JsonSeries {
  readonly metric?: unknown;
  readonly type?: unknown;
  readonly points?: unknown;
  readonly resources?: readonly { readonly type?: string; readonly name?: string }[];
  readonly host?: string;
  readonly tags?: readonly string[];
  readonly unit?: string;
  readonly interval?: number;
}

/** Points of the JSON of `/api/v2/series`, or of the legacy `/api/v1/series`. */
export function datadogJsonSeries(body: unknown, version: 'v1' | 'v2'): DatadogPoint[] {
  const { series } = body as { series?: JsonSeries[] };
  if (!Array.isArray(series)) throw new Error('There is no list "series".');
  return series.flatMap((each) => {
    const { metric, type, points, tags = [], unit, interval, resources = [] } = each;
    const name = version === 'v1' ? type : TYPES[Number(type)];
    if (name !== 'count' && name !== 'rate' && name !== 'gauge') throw new Error(`The type ${type} is unknown.`);
    if (typeof metric !== 'string' || !Array.isArray(points)) throw new Error('A series without metric or points.');
    const host = version === 'v1' ? each.host : resources.find((resource) => resource.type === 'host')?.name;
    return points.map((point: unknown) => {
      const [timestamp, value] =
        version === 'v1'
          ? (point as [unknown, unknown])
          : [(point as { timestamp: unknown }).timestamp, (point as { value: unknown }).value];
      if (typeof timestamp !== 'number' || typeof value !== 'number') throw new Error('A point that holds no numbers.');
      return checked({ metric, type: name, timestamp, value, host, tags, unit, interval });
    });
  });
}

function checked(point: DatadogPoint): DatadogPoint {
  const { metric, timestamp, value, tags } = point;
  if (!/^[A-Za-z][A-Za-z0-9_.]{0,199}$/.test(metric)) throw new Error(`The metric name "${metric}" is not valid.`);
  if (!Number.isInteger(timestamp)) throw new Error('A timestamp that is no whole second.');
  if (!Number.isFinite(value)) throw new Error('A value that is not finite.');
  for (const tag of tags) {
    if (tag.length > 400 || [...tag].length > 200 || /[\p{Cc},\s]/u.test(tag))
      throw new Error(`The tag "${tag}" is not valid.`);
  }
  return point;
}

type FieldValue = bigint | Buffer;

/** Fields of a message: varints as bigint, everything else as bytes. */
function fieldsOf(bytes: Buffer): (readonly [number: number, value: FieldValue])[] {
  const fields: (readonly [number, FieldValue])[] = [];
  const cursor = { at: 0 };
  const take = (length: number): Buffer => {
    if (cursor.at + length > bytes.length) throw new Error('unexpected EOF');
    cursor.at += length;
    return bytes.subarray(cursor.at - length, cursor.at);
  };
  while (cursor.at < bytes.length) {
    const tag = Number(varint(bytes, cursor));
    const type = tag % 8;
    if (type === 0) fields.push([tag >> 3, varint(bytes, cursor)]);
    else if (type === 1) fields.push([tag >> 3, take(8)]);
    else if (type === 2) fields.push([tag >> 3, take(Number(varint(bytes, cursor)))]);
    else throw new Error(`The wire type ${type} is unexpected.`);
  }
  return fields;
}

function varint(bytes: Buffer, cursor: { at: number }): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = bytes[cursor.at++];
    if (byte === undefined) throw new Error('unexpected EOF');
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  throw new Error('A varint that does not end.');
}

function varintsOf(bytes: Buffer): bigint[] {
  const values: bigint[] = [];
  const cursor = { at: 0 };
  while (cursor.at < bytes.length) values.push(varint(bytes, cursor));
  return values;
}

function bytesOf(value: FieldValue): Buffer {
  if (typeof value === 'bigint') throw new Error('A number where a message belongs.');
  return value;
}

function textOf(value: FieldValue): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytesOf(value));
}

function doubleOf(value: FieldValue): number {
  return bytesOf(value).readDoubleLE();
}

function expectField(known: boolean, message: string, number: number): void {
  if (!known) throw new Error(`The field ${number} of ${message} is unexpected.`);
}
