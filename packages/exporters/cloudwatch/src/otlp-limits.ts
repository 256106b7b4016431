/**
 * Which items the OTLP endpoints of AWS take, told from their bytes. One item too many of these makes AWS refuse the
 * whole request, so they are left out before.
 */
import type { ExporterLimits, Reason } from '@telemetryflow/kernel';
import { METRIC_FIELDS, type Signal, someField } from '@telemetryflow/otlp';

/** Most items of one request; for metrics the number that AWS uses in its own example. */
const MAX_ITEMS: Readonly<Record<Signal, number>> = { traces: 10_000, logs: 10_000, metrics: 200 };
/** Largest request before compression. */
export const MAX_REQUEST_BYTES: Readonly<Record<Signal, number>> = {
  traces: 5_000_000,
  logs: 1_000_000,
  metrics: 1_000_000,
};
const MAX_SPAN_BYTES = 200_000;
/** Of a resource and a scope together. */
const MAX_CONTEXT_BYTES = 16_000;
const MAX_LABELS = 150;
export const DAY_MS = 86_400_000;
const MARGIN_MS = 60_000;
/** Spans and log records must be younger than this; the minute is for the way. */
const MAX_AGE_MS = 14 * DAY_MS - MARGIN_MS;
const MAX_AHEAD_MS = 2 * 3_600_000 - MARGIN_MS;

/** The limits that the delivery chain keeps; points of any age are taken. */
export function otlpLimits(signal: Signal): ExporterLimits {
  const maxItems = MAX_ITEMS[signal];
  return signal === 'metrics' ? { maxItems } : { maxItems, maxAgeMs: MAX_AGE_MS };
}

/** What a judge says about each item, in their order. */
export interface Verdicts {
  /** `ms`: the time that counts for its age; `undefined` where the endpoint has no rule about time. */
  take(ms?: number): void;
  refuse(reason: Reason, detail: string): void;
}

/** Calls `verdicts` once for each item of a request. */
export type Judge = (request: Uint8Array, now: number, verdicts: Verdicts) => void;

/** Field numbers of OTLP: down to the items they are the same for all signals. */
const RESOURCES = 1;
const CONTEXT = 1;
const CHILDREN = 2;
const SPAN_START = 7;
const SPAN_END = 8;
const LOG_TIME = 1;
const LOG_OBSERVED = 11;
const RESOURCE_ATTRIBUTES = 1;
const SCOPE_ATTRIBUTES = 3;
const POINTS = 1;
const POINT_ATTRIBUTES: Readonly<Record<number, number>> = {
  [METRIC_FIELDS.gauge]: 7,
  [METRIC_FIELDS.sum]: 7,
  [METRIC_FIELDS.histogram]: 9,
  [METRIC_FIELDS.exponentialHistogram]: 1,
  [METRIC_FIELDS.summary]: 7,
};
const DELIMITED = 2;
const MILLIS_PER_WORD = 2 ** 32 / 1e6;

const spans: Judge = (request, now, verdicts) => {
  const view = viewOf(request);
  eachChild(request, (start, end, context) => {
    const began = timeIn(view, request, [start, end], SPAN_START);
    const ended = timeIn(view, request, [start, end], SPAN_END);
    if (end - start > MAX_SPAN_BYTES) verdicts.refuse('too_large', 'X-Ray takes no span above 200 KB');
    else if (bytesOf(context) > MAX_CONTEXT_BYTES) {
      verdicts.refuse('too_large', 'X-Ray takes no more than 16 KB of resource and scope');
    } else judgeTime({ oldest: began, newest: Math.max(began, ended), now }, verdicts);
  });
};

const logRecords: Judge = (request, now, verdicts) => {
  const view = viewOf(request);
  eachChild(request, (start, end) => {
    const own = timeIn(view, request, [start, end], LOG_TIME);
    const ms = own || timeIn(view, request, [start, end], LOG_OBSERVED) || now;
    judgeTime({ oldest: ms, newest: ms, now }, verdicts);
  });
};

const points: Judge = (request, _now, verdicts) => {
  eachChild(request, (start, end, { resource, scope }) => {
    const shared = count(request, resource, RESOURCE_ATTRIBUTES) + count(request, scope, SCOPE_ATTRIBUTES);
    someField(request, start, end, (kind, type, from, to) => {
      const attributes = POINT_ATTRIBUTES[kind];
      if (type !== DELIMITED || attributes === undefined) return false;
      return someField(request, from, to, (number, _type, pointStart, pointEnd) => {
        if (number !== POINTS) return false;
        const labels = shared + count(request, [pointStart, pointEnd], attributes);
        if (labels > MAX_LABELS) {
          verdicts.refuse('invalid', 'CloudWatch takes 150 labels: attributes of point, scope and resource together');
        } else verdicts.take();
        return false;
      });
    });
  });
};

/** The judges by signal. */
export const JUDGES: Readonly<Record<Signal, Judge>> = { traces: spans, logs: logRecords, metrics: points };

function judgeTime(
  { oldest, newest, now }: { readonly oldest: number; readonly newest: number; readonly now: number },
  verdicts: Verdicts,
): void {
  if (oldest < now - MAX_AGE_MS) verdicts.refuse('too_old', 'older than 14 days');
  else if (newest > now + MAX_AHEAD_MS) verdicts.refuse('invalid', 'more than two hours ahead of now');
  else verdicts.take(oldest);
}

type Range = readonly [start: number, end: number];
const NOTHING: Range = [0, 0];

/** Where resource and scope of an item stand. */
interface Context {
  readonly resource: Range;
  readonly scope: Range;
}

/** Visits spans, log records or metrics. */
function eachChild(request: Uint8Array, visit: (start: number, end: number, context: Context) => void): void {
  children(request, [0, request.length], RESOURCES, (inResource) => {
    const resource = contextOf(request, inResource);
    children(request, inResource, CHILDREN, (inScope) => {
      const context = { resource, scope: contextOf(request, inScope) };
      children(request, inScope, CHILDREN, ([start, end]) => visit(start, end, context));
    });
  });
}

function children(request: Uint8Array, [start, end]: Range, field: number, visit: (range: Range) => void): void {
  someField(request, start, end, (number, type, from, to) => {
    if (number === field && type === DELIMITED) visit([from, to]);
    return false;
  });
}

function contextOf(request: Uint8Array, range: Range): Range {
  let found = NOTHING;
  children(request, range, CONTEXT, (context) => {
    found = context;
  });
  return found;
}

function bytesOf({ resource, scope }: Context): number {
  return resource[1] - resource[0] + scope[1] - scope[0];
}

function count(request: Uint8Array, range: Range, field: number): number {
  let found = 0;
  children(request, range, field, () => {
    found += 1;
  });
  return found;
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

/** A fixed64 of nanoseconds in milliseconds; 0 where it is not there. */
function timeIn(view: DataView, request: Uint8Array, [start, end]: Range, field: number): number {
  let ms = 0;
  someField(request, start, end, (number, _type, from) => {
    if (number !== field) return false;
    ms = view.getUint32(from + 4, true) * MILLIS_PER_WORD + view.getUint32(from, true) / 1e6;
    return true;
  });
  return ms;
}
