/**
 * Metrics of processes as snapshots of `com.instana.plugin.process`. The serverless acceptor has no plugin for metrics
 * of any name: Instana's tracers send it what they know of their own process, and this is what OpenTelemetry has of it.
 * Source: `acceptor/process.go` of instana/go-sensor, `metrics-util/src/process` of instana/nodejs.
 */
import { type HttpEncoder, type HttpMessage, TextBody } from '@telemetryflow/http';
import { type Encoded, itemsOf, type Payload, Refusals } from '@telemetryflow/kernel';
import { hasNoRecordedValue } from '@telemetryflow/metrics';
import {
  type AttributeMap,
  DataPointType,
  dataPoints,
  hrTimeToMillis,
  type MetricRecord,
  type ResourceRecord,
  valueToText,
} from '@telemetryflow/otlp';
import type { InstanaConfig } from './config.ts';
import { hostHeader, hostOf } from './host.ts';

type Point = MetricRecord['dataPoints'][number];
type Field = readonly [section: 'cpu' | 'mem' | 'openFiles', name: string];

/** Instana's own client for Go sends 5 MiB at most. */
const MAX_BYTES = 4_500_000;
const TURN = 256;
const LEVELS: ReadonlyMap<string, Field> = new Map([
  ['process.memory.usage', ['mem', 'resident']],
  ['process.memory.virtual', ['mem', 'virtual']],
  ['process.open_file_descriptor.count', ['openFiles', 'current']],
  ['process.unix.file_descriptor.count', ['openFiles', 'current']],
]);
const CPU_TIME = 'process.cpu.time';
const CPU_MODES: ReadonlyMap<string, Field> = new Map([
  ['user', ['cpu', 'user']],
  ['system', ['cpu', 'sys']],
]);

const NO_PROCESS = "no process.pid in the resource: Instana's plugins are about processes";
const NO_FIELD = "no plugin of Instana's tracers has a field for it; metrics_format: otlp takes every metric";
const NO_VALUE = 'NaN, infinities and missing values are no values for Instana';

/** A snapshot of a process at one time; a field that comes again begins the next one. */
interface Snapshot {
  readonly process: Process;
  readonly fields: Map<string, number>;
  readonly items: number[];
  oldestMs: number;
}

interface Process {
  readonly pid: string;
  readonly host: string;
  /** Members of `data` that are no metrics, the braces left out. */
  readonly about: string;
}

export function processesEncoder({ max_metric_age: maxAge }: InstanaConfig, hostId: string): HttpEncoder<'metrics'> {
  return function* encodeProcesses(batch, { now }) {
    const refusals = new Refusals();
    const snapshots: Snapshot[] = [];
    const processes = new Map<ResourceRecord, Process | undefined>();
    let snapshot: Snapshot | undefined;
    for (const { item, resource, metric, point } of dataPoints(batch.records())) {
      if (item % TURN === TURN - 1) yield undefined;
      if (!processes.has(resource)) processes.set(resource, processOf(resource, hostId));
      const process = processes.get(resource);
      const field = fieldOf(metric, point.attributes);
      const value = field === undefined ? Number.NaN : numberOf(metric, point);
      const time = hrTimeToMillis(point.endTime);
      if (process === undefined) refusals.add('unsupported', NO_PROCESS, item);
      else if (field === undefined) refusals.add('unsupported', NO_FIELD, item);
      else if (!Number.isFinite(value)) refusals.add('unsupported', NO_VALUE, item);
      else if (maxAge > 0 && time < now - maxAge) refusals.add('too_old', 'older than max_metric_age', item);
      else {
        const name = field.join('.');
        if (snapshot?.process !== process || snapshot.fields.has(name)) {
          snapshot = { process, fields: new Map(), items: [], oldestMs: time };
          snapshots.push(snapshot);
        }
        snapshot.fields.set(name, value);
        snapshot.items.push(item);
        snapshot.oldestMs = Math.min(snapshot.oldestMs, time);
      }
    }
    for (const ofHost of Map.groupBy(snapshots, ({ process }) => process.host).values()) yield* requestsOf(ofHost);
    yield* refusals.end();
  };
}

function* requestsOf(snapshots: readonly Snapshot[]): Generator<Encoded<HttpMessage>> {
  const body = new TextBody({ open: '{"plugins":[', separator: ',', close: ']}', maxBytes: MAX_BYTES });
  let held: Snapshot[] = [];
  const taken = (): Payload<HttpMessage> => {
    const headers = { 'x-instana-host': hostHeader(held[0]?.process.host ?? '') };
    const items = held.flatMap((snapshot) => snapshot.items).toSorted((a, b) => a - b);
    const oldestMs = Math.min(...held.map((snapshot) => snapshot.oldestMs));
    held = [];
    return { items: itemsOf(items), body: { body: body.take(), headers }, oldestMs };
  };
  for (const [i, snapshot] of snapshots.entries()) {
    if (i % TURN === TURN - 1) yield undefined;
    if (!body.add(snapshotJson(snapshot))) {
      yield taken();
      body.add(snapshotJson(snapshot));
    }
    held.push(snapshot);
  }
  yield taken();
}

function snapshotJson({ process: { pid, about }, fields }: Snapshot): string {
  const sections = new Map<string, string[]>();
  for (const [name, value] of fields) {
    const [section = '', field = ''] = name.split('.');
    sections.set(section, [...(sections.get(section) ?? []), `"${field}":${value}`]);
  }
  let data = about;
  for (const [section, members] of sections) data += `,"${section}":{${members}}`;
  return `{"name":"com.instana.plugin.process","entityId":"${pid}","data":{${data}}}`;
}

function processOf({ attributes }: ResourceRecord, hostId: string): Process | undefined {
  const pid = valueToText(attributes['process.pid']);
  if (!/^[1-9]\d{0,9}$/.test(pid)) return undefined;
  const text = (name: string): string => valueToText(attributes[name]).toWellFormed();
  const host = hostOf(attributes, hostId);
  const container = text('container.id');
  const args = attributes['process.command_args'];
  const started = Date.parse(text('process.creation.time'));
  const about = JSON.stringify({
    pid: Number(pid),
    exec: text('process.executable.path') || text('process.executable.name'),
    ...(Array.isArray(args) && { args: args.map((each) => valueToText(each).toWellFormed()) }),
    ...(text('process.owner') !== '' && { user: text('process.owner') }),
    ...(container !== '' && { container, containerType: 'docker' }),
    ...(Number.isFinite(started) && { start: started }),
    'com.instana.plugin.host.name': hostHeader(host),
    'com.instana.plugin.host.pid': pid,
  });
  return { pid, host, about: about.slice(1, -1) };
}

function fieldOf({ descriptor, dataPointType }: MetricRecord, attributes: AttributeMap): Field | undefined {
  if (dataPointType !== DataPointType.GAUGE && dataPointType !== DataPointType.SUM) return undefined;
  if (descriptor.name !== CPU_TIME) return LEVELS.get(descriptor.name);
  return CPU_MODES.get(valueToText(attributes['cpu.mode'] ?? attributes['state']));
}

/** Levels as they are; of CPU time, which comes as a delta, the share of one CPU. */
function numberOf({ descriptor }: MetricRecord, point: Point): number {
  if (hasNoRecordedValue(point)) return Number.NaN;
  const value = Number(point.value);
  if (descriptor.name !== CPU_TIME) return value;
  const seconds = point.endTime[0] - point.startTime[0] + (point.endTime[1] - point.startTime[1]) / 1e9;
  return seconds > 0 ? value / seconds : Number.NaN;
}
