/**
 * Looks for something in a request without decoding it, and stops at the first hit. The request must be known to be
 * valid: nothing is checked here.
 */

const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;

/** Field numbers from a request down to its spans, log records or metrics. */
const TO_ITEMS = [1, 2, 2];
const POINTS = 1;

/** Looks at one field of a message: its value is from `start` to `end`, without the length of a delimited one. */
export type FieldVisitor = (number: number, wireType: number, start: number, end: number) => boolean;

/** True as soon as `visit` is true for a field of the message from `start` to `end`. */
export function someField(bytes: Uint8Array, start: number, end: number, visit: FieldVisitor): boolean {
  let at = start;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; at < end; scale *= 128) {
      const byte = bytes[at] ?? 0;
      at += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
    }
    return value;
  };
  while (at < end) {
    const tag = varint();
    const wireType = tag % 8;
    let from = at;
    if (wireType === VARINT) varint();
    else if (wireType === DELIMITED) {
      const length = varint();
      from = at;
      at += length;
    } else at += wireType === FIXED64 ? 8 : 4;
    if (visit(Math.floor(tag / 8), wireType, from, at)) return true;
  }
  return false;
}

/** True as soon as `visit` is true for a span, a log record or a metric (whole, with all its points). */
export function someItem(request: Uint8Array, visit: (start: number, end: number) => boolean): boolean {
  const descend = (start: number, end: number, depth: number): boolean =>
    someField(request, start, end, (number, wireType, from, to) => {
      if (wireType !== DELIMITED || number !== TO_ITEMS[depth]) return false;
      return depth === TO_ITEMS.length - 1 ? visit(from, to) : descend(from, to, depth + 1);
    });
  return descend(0, request.length, 0);
}

/** True as soon as `visit` is true for a data point; `data` is the field number of its kind within `Metric`. */
export function somePoint(request: Uint8Array, visit: (data: number, start: number, end: number) => boolean): boolean {
  return someItem(request, (metricStart, metricEnd) =>
    someField(request, metricStart, metricEnd, (data, wireType, from, to) => {
      if (wireType !== DELIMITED || !METRIC_DATA.has(data)) return false;
      return someField(request, from, to, (number, _type, start, end) => number === POINTS && visit(data, start, end));
    }),
  );
}

/** The members of `Metric.data`. */
export const METRIC_FIELDS = { gauge: 5, sum: 7, histogram: 9, exponentialHistogram: 10, summary: 11 } as const;
const METRIC_DATA: ReadonlySet<number> = new Set(Object.values(METRIC_FIELDS));
