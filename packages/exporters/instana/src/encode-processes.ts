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
  hrTimeToMillis,
  type MetricRecord,
  type ResourceRecord,
  valueToText,
} from '@telemetryflow/otlp';
import type { InstanaConfig } from './config.ts';
import { hostHeader, hostOf } from './host.ts';

type Point = MetricRecord['dataPoints'][number];

/** Instana's own client for Go sends 5 MiB at most. */
const MAX_BYTES = 4_500_000;
const TURN = 256;

/** The fields that OpenTelemetry has a measure for, by section; a snapshot has their values in this order. */
const SECTIONS = [
  { name: 'cpu', first: 0, fields: ['user', 'sys'] },
  { name: 'mem', first: 2, fields: ['resident', 'virtual'] },
  { name: 'openFiles', first: 4, fields: ['current'] },
] as const;
const FIELDS = 5;
const LEVELS: ReadonlyMap<string, number> = new Map([
  ['process.memory.usage', 2],
  ['process.memory.virtual', 3],
  ['process.open_file_descriptor.count', 4],
  ['process.unix.file_descriptor.count', 4],
]);
const CPU_TIME = 'process.cpu.time';
const CPU_MODES: ReadonlyMap<string, number> = new Map([
  ['user', 0],
  ['system', 1],
]);

const NO_PROCESS = "no process.pid in the resource: Instana's plugins are about processes";
const NO_FIELD = "no plugin of Instana's tracers has a field for it; metrics_format: otlp takes every metric";
const NO_VALUE = 'NaN, infinities and missing values are no values for Instana';

/** A snapshot of a process at one time; a field that comes again begins the next one. */
interface Snapshot {
  readonly process: Process;
  readonly values: (number | undefined)[];
  readonly items: number[];
  oldestMs: number;
}

interface Process {
  readonly host: string;
  /** The snapshot up to its first section. */
  readonly head: string;
}

export function processesEncoder({ max_metric_age: maxAge }: InstanaConfig, hostId: string): HttpEncoder<'metrics'> {
  // What has no batch at hand serves the next one.
  let idle: Snapshots | undefined;
  return function* encodeProcesses(batch, { now }) {
    const snapshots = idle ?? new Snapshots(maxAge, hostId);
    idle = undefined;
    snapshots.begin(now);
    let item = -1;
    for (const { resource, scopeMetrics } of batch.records()) {
      const process = snapshots.processOf(resource);
      for (const { metrics } of scopeMetrics) {
        for (const metric of metrics) {
          for (const point of metric.dataPoints) {
            if (++item % TURN === TURN - 1) yield undefined;
            snapshots.add(process, metric, point, item);
          }
        }
      }
    }
    yield* snapshots.requests();
    idle = snapshots;
  };
}

/** Gathers the points of a batch; knows the processes of earlier ones by their resources. */
class Snapshots {
  readonly #maxAge: number;
  readonly #hostId: string;
  readonly #processes = new WeakMap<ResourceRecord, { readonly process: Process | undefined }>();
  readonly #refusals = new Refusals();
  readonly #body = new TextBody({ open: '{"plugins":[', separator: ',', close: ']}', maxBytes: MAX_BYTES });
  #oldest = 0;
  #snapshots: Snapshot[] = [];
  #last: Snapshot | undefined;

  constructor(maxAge: number, hostId: string) {
    this.#maxAge = maxAge;
    this.#hostId = hostId;
  }

  /** To be called before the first point of a batch; forgets those of an earlier one, however that ended. */
  begin(now: number): void {
    this.#refusals.reset();
    this.#body.reset();
    this.#oldest = this.#maxAge > 0 ? now - this.#maxAge : Number.NEGATIVE_INFINITY;
    this.#snapshots = [];
    this.#last = undefined;
  }

  /** The process of a resource; `undefined` when it is none. */
  processOf(resource: ResourceRecord): Process | undefined {
    let known = this.#processes.get(resource);
    if (known === undefined) {
      known = { process: processOf(resource, this.#hostId) };
      this.#processes.set(resource, known);
    }
    return known.process;
  }

  add(process: Process | undefined, metric: MetricRecord, point: Point, item: number): void {
    const field = fieldOf(metric, point.attributes);
    const value = field === undefined ? Number.NaN : numberOf(metric, point);
    const time = hrTimeToMillis(point.endTime);
    if (process === undefined) this.#refusals.add('unsupported', NO_PROCESS, item);
    else if (field === undefined) this.#refusals.add('unsupported', NO_FIELD, item);
    else if (!Number.isFinite(value)) this.#refusals.add('unsupported', NO_VALUE, item);
    else if (time < this.#oldest) this.#refusals.add('too_old', 'older than max_metric_age', item);
    else {
      const snapshot = this.#snapshotFor(process, field, time);
      snapshot.values[field] = value;
      snapshot.items.push(item);
      snapshot.oldestMs = Math.min(snapshot.oldestMs, time);
    }
  }

  /** The last one, where it is of the process and the field is free. */
  #snapshotFor(process: Process, field: number, time: number): Snapshot {
    const last = this.#last;
    if (last?.process === process && last.values[field] === undefined) return last;
    const made = { process, values: new Array<undefined>(FIELDS).fill(undefined), items: [], oldestMs: time };
    this.#snapshots.push(made);
    this.#last = made;
    return made;
  }

  /** Those of each host, in the order of the first, and what is in none. */
  *requests(): Generator<Encoded<HttpMessage>> {
    const hosts = Map.groupBy(this.#snapshots, ({ process }) => process.host);
    for (const [host, snapshots] of hosts) yield* requestsOf(snapshots, host, this.#body);
    yield* this.#refusals.end();
  }
}

function* requestsOf(snapshots: readonly Snapshot[], host: string, body: TextBody): Generator<Encoded<HttpMessage>> {
  const headers = { 'x-instana-host': hostHeader(host) };
  let held: Snapshot[] = [];
  const taken = (): Payload<HttpMessage> => {
    const items: number[] = [];
    let oldestMs = Number.POSITIVE_INFINITY;
    for (const snapshot of held) {
      items.push(...snapshot.items);
      oldestMs = Math.min(oldestMs, snapshot.oldestMs);
    }
    held = [];
    return { items: itemsOf(items), body: { body: body.take(), headers }, oldestMs };
  };
  for (const [i, snapshot] of snapshots.entries()) {
    if (i % TURN === TURN - 1) yield undefined;
    const text = snapshotJson(snapshot);
    if (!body.add(text)) {
      yield taken();
      body.add(text);
    }
    held.push(snapshot);
  }
  yield taken();
}

function snapshotJson({ process: { head }, values }: Snapshot): string {
  let text = head;
  for (const { name, first, fields } of SECTIONS) {
    let members = '';
    for (let i = 0; i < fields.length; i++) {
      const value = values[first + i];
      if (value !== undefined) members += `${members === '' ? '' : ','}"${fields[i]}":${value}`;
    }
    if (members !== '') text += `,"${name}":{${members}}`;
  }
  return `${text}}}`;
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
  const head = `{"name":"com.instana.plugin.process","entityId":"${pid}","data":${about.slice(0, -1)}`;
  return { host, head };
}

/** The place of its value in a snapshot. */
function fieldOf({ descriptor, dataPointType }: MetricRecord, attributes: AttributeMap): number | undefined {
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
