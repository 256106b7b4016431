/**
 * What AWS CloudWatch refuses, from its API reference: each function throws a sentence about the first rule that a
 * request breaks. Written without the exporter, on purpose.
 */

const ASCII_PRINTABLE = /^[\x20-\x7e]*$/;
const MAX_MAGNITUDE = 2 ** 360;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const UNITS: ReadonlySet<string> = new Set(
  (
    'Seconds Microseconds Milliseconds Bytes Kilobytes Megabytes Gigabytes Terabytes Bits Kilobits Megabits Gigabits ' +
    'Terabits Percent Count Bytes/Second Kilobytes/Second Megabytes/Second Gigabytes/Second Terabytes/Second ' +
    'Bits/Second Kilobits/Second Megabits/Second Gigabits/Second Terabits/Second Count/Second None'
  ).split(' '),
);

/** A MetricDatum as it came. */
export interface CloudwatchDatum {
  readonly MetricName: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: string }[];
  readonly Timestamp: number;
  readonly Value?: number;
  readonly Values?: readonly number[];
  readonly Counts?: readonly number[];
  readonly StatisticValues?: {
    readonly SampleCount: number;
    readonly Sum: number;
    readonly Minimum: number;
    readonly Maximum: number;
  };
  readonly Unit?: string;
  readonly StorageResolution?: number;
}

/** A log event as it came. */
export interface CloudwatchEvent {
  readonly timestamp: number;
  readonly message: string;
}

class Refused extends Error {}

/** Fails with the sentence unless the condition holds. */
function must(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new Refused(sentence);
}

/**
 * The datums of a PutMetricData request whose JSON is `text`; `nowMs` is the clock of the service.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type CloudwatchDatum, cloudwatchDatums, FAKE_EPOCH } from '@telemetryflow/testkit';
 *
 * const MetricData = [{ MetricName: 'orders', Timestamp: FAKE_EPOCH / 1000, Value: 3, Unit: 'Count' }];
 * const read = (Namespace: string) => cloudwatchDatums(JSON.stringify({ Namespace, MetricData }), FAKE_EPOCH);
 * const [datum]: readonly CloudwatchDatum[] = read('Shop');
 * assert.equal(datum?.Value, 3);
 * assert.throws(() => read('AWS/Shop'), /The Namespace begins with AWS/);
 * ```
 */
export function cloudwatchDatums(text: string, nowMs: number): readonly CloudwatchDatum[] {
  must(Buffer.byteLength(text) <= 1_000_000, 'The request is larger than 1 MB.');
  const { Namespace, MetricData, EntityMetricData } = JSON.parse(text) as PutMetricData;
  must(typeof Namespace === 'string' && /^[0-9A-Za-z.\-_/#: ]{1,255}$/.test(Namespace), 'The Namespace is not valid.');
  must(!Namespace.startsWith('AWS/'), 'The Namespace begins with AWS/.');
  const groups: { readonly at: string; readonly data: unknown }[] = [];
  if (MetricData !== undefined || EntityMetricData === undefined) groups.push({ at: 'MetricData', data: MetricData });
  for (const [index, group] of entityGroups(text).entries()) {
    groups.push({ at: `EntityMetricData.member.${index + 1}.MetricData`, data: group.MetricData });
  }
  const datums: CloudwatchDatum[] = [];
  for (const { at, data } of groups) {
    must(Array.isArray(data) && data.length > 0, `${at} is empty.`);
    for (const [index, datum] of data.entries()) checkDatum(datum, `${at}.member.${index + 1}`, nowMs);
    datums.push(...data);
  }
  must(datums.length <= 1000, 'The request has more than 1000 metrics.');
  return datums;
}

interface PutMetricData {
  readonly Namespace?: unknown;
  readonly MetricData?: unknown;
  readonly EntityMetricData?: unknown;
  readonly StrictEntityValidation?: unknown;
}

interface EntityGroup {
  readonly Entity?: { readonly KeyAttributes?: unknown };
  readonly MetricData?: unknown;
}

/** The metrics of a PutMetricData request that are of entities: two at most, each entity once. */
function entityGroups(text: string): readonly EntityGroup[] {
  const { EntityMetricData, StrictEntityValidation } = JSON.parse(text) as PutMetricData;
  if (EntityMetricData === undefined) return [];
  must(Array.isArray(EntityMetricData) && EntityMetricData.length > 0, 'EntityMetricData is empty.');
  must(EntityMetricData.length <= 2, 'The number of EntityMetricData objects allowed is 2.');
  must(typeof StrictEntityValidation === 'boolean', 'EntityMetricData needs StrictEntityValidation.');
  const groups = EntityMetricData as EntityGroup[];
  const distinct = new Set(groups.map(({ Entity }) => JSON.stringify(Entity?.KeyAttributes)));
  must(distinct.size === groups.length, 'EntityMetricData names one entity twice.');
  if (StrictEntityValidation) must(refusedEntity(text) === undefined, `${refusedEntity(text)}`);
  return groups;
}

/** The error for the entities of a PutMetricData request, which is taken without them; `undefined` where all are good. */
export function refusedEntity(text: string): string | undefined {
  const { EntityMetricData } = JSON.parse(text) as { EntityMetricData?: readonly EntityGroup[] };
  return EntityMetricData?.map(({ Entity }) => entityError(Entity?.KeyAttributes)).find((error) => error !== undefined);
}

/** What is wrong with the key attributes of an entity, by the name that the service has for it. */
export function entityError(attributes: unknown): string | undefined {
  if (typeof attributes !== 'object' || attributes === null) return 'InvalidEntity';
  const { Type, Name, Environment, ...others } = attributes as Record<string, unknown>;
  if (Type !== 'Service') return 'InvalidTypeValue';
  if (Name === undefined || Environment === undefined) return 'MissingRequiredFields';
  const isGood = isText(Name, 512) && isText(Environment, 512) && Object.keys(others).length === 0;
  return isGood ? undefined : 'InvalidKeyAttributes';
}

function checkDatum(datum: CloudwatchDatum, at: string, nowMs: number): void {
  const {
    MetricName,
    Dimensions = [],
    Timestamp,
    Value,
    Values,
    Counts,
    StatisticValues,
    Unit,
    StorageResolution,
  } = datum;
  must(isText(MetricName, 255), `The parameter ${at}.MetricName is not valid.`);
  must(Dimensions.length <= 30, `The parameter ${at}.Dimensions has more than 30 members.`);
  const names = Dimensions.map(({ Name }) => Name);
  must(new Set(names).size === names.length, `The parameter ${at}.Dimensions names one dimension twice.`);
  for (const { Name, Value: text } of Dimensions) {
    must(isText(Name, 255) && !Name.startsWith(':'), `The parameter ${at}.Dimensions has a Name that is not valid.`);
    must(isText(text, 1024), `The parameter ${at}.Dimensions has a Value that is not valid.`);
  }
  must(typeof Timestamp === 'number', `The parameter ${at}.Timestamp is no number of seconds.`);
  const ageMs = nowMs - Timestamp * 1000;
  must(ageMs <= 14 * DAY_MS, `The parameter ${at}.Timestamp is more than two weeks ago.`);
  must(ageMs >= -2 * HOUR_MS, `The parameter ${at}.Timestamp is more than two hours ahead.`);
  const forms = [Value, Values, StatisticValues].filter((form) => form !== undefined);
  must(forms.length === 1, `The parameter ${at} needs exactly one of Value, Values and StatisticValues.`);
  if (Value !== undefined) must(isValue(Value), `The value ${Value} for parameter ${at}.Value is invalid.`);
  if (Values !== undefined) checkValues(Values, Counts, at);
  else must(Counts === undefined, `The parameter ${at}.Counts needs Values.`);
  if (StatisticValues !== undefined) checkStatistics(StatisticValues, at);
  must(Unit === undefined || UNITS.has(Unit), `The value ${Unit} for parameter ${at}.Unit is invalid.`);
  must([undefined, 1, 60].includes(StorageResolution), `The parameter ${at}.StorageResolution is not 1 or 60.`);
}

function checkValues(values: readonly number[], counts: readonly number[] | undefined, at: string): void {
  must(values.length >= 1 && values.length <= 150, `The parameter ${at}.Values has not 1 to 150 members.`);
  must(new Set(values).size === values.length, `The parameter ${at}.Values holds a value twice.`);
  must(counts === undefined || counts.length === values.length, `The parameter ${at}.Counts is not as long as Values.`);
  must(values.every(isValue), `The parameter ${at}.Values holds a value that is invalid.`);
  must(
    (counts ?? []).every((count) => isValue(count) && count > 0),
    `The parameter ${at}.Counts holds a count that is invalid.`,
  );
}

function checkStatistics(set: NonNullable<CloudwatchDatum['StatisticValues']>, at: string): void {
  const { SampleCount, Sum, Minimum, Maximum } = set;
  must([SampleCount, Sum, Minimum, Maximum].every(isValue), `The parameter ${at}.StatisticValues is invalid.`);
  must(SampleCount > 0, `The parameter ${at}.StatisticValues.SampleCount is not positive.`);
  must(Minimum <= Maximum, `The parameter ${at}.StatisticValues has a Minimum above its Maximum.`);
}

function isValue(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && Math.abs(value) <= MAX_MAGNITUDE;
}

function isText(text: unknown, max: number): text is string {
  return typeof text === 'string' && text.length <= max && text.trim() !== '' && ASCII_PRINTABLE.test(text);
}

/**
 * A PutLogEvents request whose JSON is `text`. Events that are too old or too new are for the answer.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { cloudwatchEvents } from '@telemetryflow/testkit';
 *
 * const body = (message: string) =>
 *   JSON.stringify({ logGroupName: '/shop', logStreamName: 'web-1', logEvents: [{ timestamp: 1, message }] });
 * assert.deepEqual(cloudwatchEvents(body('paid')).events, [{ timestamp: 1, message: 'paid' }]);
 * assert.throws(() => cloudwatchEvents(body('')), /A message is empty/);
 * ```
 */
export function cloudwatchEvents(text: string): {
  readonly group: string;
  readonly stream: string;
  readonly events: readonly CloudwatchEvent[];
  /** As it came. */
  readonly entity?: { readonly keyAttributes?: unknown };
} {
  const body = JSON.parse(text) as Record<string, unknown> & { readonly entity?: { readonly keyAttributes?: unknown } };
  const { logGroupName: group, logStreamName: stream, logEvents, entity } = body;
  checkPlace(group, stream);
  must(Array.isArray(logEvents) && logEvents.length > 0, 'logEvents is empty.');
  must(logEvents.length <= 10_000, 'logEvents has more than 10000 members.');
  const events = logEvents as CloudwatchEvent[];
  let bytes = 0;
  let before = Number.NEGATIVE_INFINITY;
  for (const { timestamp, message } of events) {
    must(Number.isInteger(timestamp) && timestamp >= 0, 'A timestamp is no number of milliseconds.');
    must(typeof message === 'string' && message !== '', 'A message is empty.');
    const size = Buffer.byteLength(message) + 26;
    must(size <= 1_048_576, 'A log event is larger than 1 MiB.');
    bytes += size;
    must(timestamp >= before, 'Log events in a single PutLogEvents request must be in chronological order.');
    before = timestamp;
  }
  must(bytes <= 1_048_576, 'The batch of log events is larger than 1048576 bytes.');
  must(before - (events[0]?.timestamp ?? 0) <= DAY_MS, 'The batch of log events spans more than 24 hours.');
  return { group: group as string, stream: stream as string, events, ...(entity !== undefined && { entity }) };
}

/** Checks the name of a group, and of a stream where there is one. */
export function checkPlace(group: unknown, stream?: unknown): void {
  must(typeof group === 'string' && /^[A-Za-z0-9_\-/.#]{1,512}$/.test(group), 'The logGroupName is not valid.');
  must(!/^aws\//.test(group), 'The logGroupName begins with aws/.');
  if (stream === undefined) return;
  must(typeof stream === 'string' && /^[^:*]{1,512}$/.test(stream), 'The logStreamName is not valid.');
}

/** Indices of refused events as the service answers them; `undefined` when it takes all. */
export function rejectedLogEvents(
  events: readonly CloudwatchEvent[],
  nowMs: number,
): { readonly tooOldLogEventEndIndex?: number; readonly tooNewLogEventStartIndex?: number } | undefined {
  const old = events.filter(({ timestamp }) => timestamp < nowMs - 14 * DAY_MS).length;
  const ahead = events.filter(({ timestamp }) => timestamp > nowMs + 2 * HOUR_MS).length;
  if (old === 0 && ahead === 0) return undefined;
  return {
    ...(old > 0 && { tooOldLogEventEndIndex: old }),
    ...(ahead > 0 && { tooNewLogEventStartIndex: events.length - ahead }),
  };
}
