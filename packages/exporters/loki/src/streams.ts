/** Sorts the records of a batch into streams. */
import {
  type HrTime,
  hrTimeIsZero,
  hrTimeToMillis,
  hrTimeToNanos,
  type LogRecord,
  nanosToHrTime,
  type ResourceRecord,
  type ScopeRecord,
  severityRange,
} from '@telemetryflow/otlp';
import type { LokiConfig } from './config.ts';
import { SharedPairs } from './entry.ts';
import { type Labels, labelsOf, selector } from './labels.ts';
import { tenantOf } from './tenant.ts';

/** Entries of one stream, oldest first once {@link Streams.sorted} has been called. */
export interface Stream {
  /** `''`: the configured one. */
  readonly tenant: string;
  readonly labels: Labels;
  readonly key: string;
  /** Numbers of the records within the batch, and what goes with each. */
  readonly items: number[];
  readonly times: HrTime[];
  readonly shared: SharedPairs[];
}

type Refused = 'too_old' | 'tenant';

/** What all records of one resource have in common. */
interface ResourceGroup {
  /** `undefined`: what the attribute holds is no tenant. */
  readonly tenant: string | undefined;
  readonly labels: Labels;
  readonly promoted: ReadonlySet<string>;
  readonly shared: Map<ScopeRecord, SharedPairs>;
  /** By level, where that is a label. */
  readonly streams: Map<string, Stream>;
}

/** The server takes times up to this far ahead. */
const FUTURE_MS = 10 * 60_000;

export class Streams {
  readonly #config: LokiConfig;
  #now = 0;
  readonly #groups = new Map<ResourceRecord, ResourceGroup>();
  readonly #streams = new Map<string, Stream>();

  constructor(config: LokiConfig) {
    this.#config = config;
  }

  /** To be called before the first record of a batch; forgets all of an earlier one. */
  begin(now: number): void {
    this.#now = now;
    this.#groups.clear();
    this.#streams.clear();
  }

  /** Forget the records. */
  end(): void {
    this.#streams.clear();
    for (const { streams } of this.#groups.values()) streams.clear();
  }

  /** Puts a record where it belongs, or says why it has no place. */
  add(record: LogRecord, item: number): Refused | undefined {
    const group = this.#groups.get(record.resource) ?? this.#group(record.resource);
    if (group.tenant === undefined) return 'tenant';
    const time = this.#timeOf(record);
    const { max_age: maxAge, level_label: withLevel } = this.#config;
    if (maxAge > 0 && this.#now - hrTimeToMillis(time) > maxAge) return 'too_old';
    const level = withLevel ? (severityRange(record.severityNumber) ?? '').toLowerCase() : '';
    const stream = group.streams.get(level) ?? this.#stream(group, level, group.tenant);
    stream.items.push(item);
    stream.times.push(time);
    let shared = group.shared.get(record.instrumentationScope);
    if (shared === undefined) {
      shared = new SharedPairs(record.resource.attributes, group.promoted, record.instrumentationScope);
      group.shared.set(record.instrumentationScope, shared);
    }
    stream.shared.push(shared);
    return undefined;
  }

  /** All streams, those of one tenant together, each in the order of time. */
  sorted(): Stream[] {
    const streams = [...this.#streams.values()].map(inOrder);
    return streams.sort((a, b) => (a.tenant === b.tenant ? 0 : a.tenant < b.tenant ? -1 : 1));
  }

  #timeOf({ hrTime, hrTimeObserved }: LogRecord): HrTime {
    const { clamp_future: clamp } = this.#config;
    const known = hrTimeIsZero(hrTime) ? hrTimeObserved : hrTime;
    if (hrTimeIsZero(known) || (clamp && hrTimeToMillis(known) > this.#now + FUTURE_MS)) {
      return nanosToHrTime(BigInt(Math.trunc(this.#now)) * 1_000_000n);
    }
    const [seconds, nanos] = known;
    const plain = Number.isInteger(seconds) && Number.isInteger(nanos) && seconds >= 0 && nanos >= 0 && nanos < 1e9;
    return plain ? known : nanosToHrTime(hrTimeToNanos(known));
  }

  #group(resource: ResourceRecord): ResourceGroup {
    const { labels, promoted } = labelsOf(resource.attributes, this.#config);
    const tenant = tenantOf(resource.attributes, this.#config.tenant_attribute);
    const group = { tenant, labels, promoted, shared: new Map(), streams: new Map() };
    this.#groups.set(resource, group);
    return group;
  }

  #stream(group: ResourceGroup, level: string, tenant: string): Stream {
    const labels = level === '' || group.labels['level'] !== undefined ? group.labels : { ...group.labels, level };
    const key = `${tenant} ${selector(labels)}`;
    let stream = this.#streams.get(key);
    if (stream === undefined) {
      stream = { tenant, labels, key, items: [], times: [], shared: [] };
      this.#streams.set(key, stream);
    }
    group.streams.set(level, stream);
    return stream;
  }
}

/** Most batches are in order already. */
function inOrder(stream: Stream): Stream {
  const { times, items, shared } = stream;
  let sorted = true;
  for (let i = 1; i < times.length && sorted; i++) sorted = compare(times[i - 1], times[i]) <= 0;
  if (sorted) return stream;
  const order = times.map((_, i) => i).sort((a, b) => compare(times[a], times[b]) || a - b);
  return {
    ...stream,
    items: order.map((i) => items[i] ?? 0),
    times: order.map((i) => times[i] ?? [0, 0]),
    shared: order.flatMap((i) => shared[i] ?? []),
  };
}

function compare(a: HrTime = [0, 0], b: HrTime = [0, 0]): number {
  return a[0] - b[0] || a[1] - b[1];
}
