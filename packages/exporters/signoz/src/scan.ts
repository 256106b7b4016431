/**
 * Looks into OTLP bytes for what SigNoz would lose, without decoding: most batches hold none of it and go through
 * untouched. The bytes are known to be valid.
 */

/** Wire types of protobuf. */
const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;

/** Field numbers from a request down to its log records, or to its metrics. */
const LEAVES = [1, 2, 2];
const EVENT_NAME = 12;
const EXPONENTIAL = 10;

/** Of each member of Metric.data: the fields of its points that are doubles. */
const DOUBLES: Readonly<Record<number, readonly number[]>> = {
  5: [4],
  7: [4],
  9: [5, 11, 12],
  10: [5, 12, 13],
  11: [5],
};
const QUANTILES = 6;

type Field = (number: number, wireType: number, start: number, end: number) => boolean;

/** True when a log record of the request has an event name. */
export function hasEvents(request: Uint8Array): boolean {
  return leaves(request, (start, end) =>
    fields(request, start, end, (number, _type, from, to) => number === EVENT_NAME && to > from),
  );
}

/** True when the request holds NaN in a place where SigNoz skips the point, or (if asked) exponential histograms. */
export function needsMetricChange(request: Uint8Array, exponential: boolean): boolean {
  const view = new DataView(request.buffer, request.byteOffset, request.byteLength);
  const isNaNAt = (at: number): boolean => Number.isNaN(view.getFloat64(at, true));
  const pointHasNaN = (start: number, end: number, doubles: readonly number[], summary: boolean): boolean =>
    fields(request, start, end, (number, type, from, to) => {
      if (type === FIXED64) return doubles.includes(number) && isNaNAt(from);
      return summary && number === QUANTILES && fields(request, from, to, (_n, t, at) => t === FIXED64 && isNaNAt(at));
    });
  return leaves(request, (metricStart, metricEnd) =>
    fields(request, metricStart, metricEnd, (data, type, from, to) => {
      const doubles = type === DELIMITED ? DOUBLES[data] : undefined;
      if (doubles === undefined) return false;
      if (exponential && data === EXPONENTIAL) return true;
      return fields(
        request,
        from,
        to,
        (number, _type, start, end) => number === 1 && pointHasNaN(start, end, doubles, data === 11),
      );
    }),
  );
}

/** Calls `visit` with the extent of each log record or metric until it says true. */
function leaves(request: Uint8Array, visit: (start: number, end: number) => boolean): boolean {
  const descend = (start: number, end: number, depth: number): boolean =>
    fields(request, start, end, (number, type, from, to) => {
      if (type !== DELIMITED || number !== LEAVES[depth]) return false;
      return depth === LEAVES.length - 1 ? visit(from, to) : descend(from, to, depth + 1);
    });
  return descend(0, request.length, 0);
}

/** Calls `visit` with each field of a message until it says true. */
function fields(bytes: Uint8Array, start: number, end: number, visit: Field): boolean {
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
    const type = tag % 8;
    let from = at;
    if (type === VARINT) varint();
    else if (type === DELIMITED) {
      const length = varint();
      from = at;
      at += length;
    } else at += type === FIXED64 ? 8 : 4;
    if (visit(Math.floor(tag / 8), type, from, at)) return true;
  }
  return false;
}
