/** Series as bytes: protobuf, the JSON of today, and the legacy JSON. Requests are concatenations of entries. */
import { WireWriter } from '@telemetryflow/remote-write';
import { type EntryWriter, JsonList } from './entries.ts';
import type { Series, SketchSeries } from './series.ts';
import { wireBins } from './sketch.ts';
import type { TagSet } from './tag-text.ts';

const TYPE_CODES = { count: 1, gauge: 3 } as const;

abstract class ProtoEntries<E> implements EntryWriter<E> {
  readonly #kept = new WireWriter();
  readonly #pending = new WireWriter();

  get size(): number {
    return this.#kept.length + this.#pending.length;
  }

  add(entry: E): void {
    this.write(this.#pending, entry);
  }

  commit(): void {
    this.#kept.append(this.#pending);
    this.#pending.reset();
  }

  discard(): void {
    this.#pending.reset();
  }

  take(): Uint8Array | undefined {
    if (this.#kept.length === 0) return undefined;
    const taken = this.#kept.finish();
    this.#kept.reset();
    return taken;
  }

  protected abstract write(wire: WireWriter, entry: E): void;
}

/** `datadog.agentpayload.MetricPayload`. */
export class ProtoSeriesWriter extends ProtoEntries<Series> {
  protected write(wire: WireWriter, series: Series): void {
    const start = wire.beginMessage(0x0a);
    if (series.host !== '') {
      const resource = wire.beginMessage(0x0a);
      wire.string(0x0a, 'host');
      wire.string(0x12, series.host);
      wire.endMessage(resource);
    }
    wire.string(0x12, series.name);
    for (const tag of series.tags.list) wire.string(0x1a, tag);
    const point = wire.beginMessage(0x22);
    wire.reserve(24);
    writeDouble(wire, 0x09, series.value);
    writeTime(wire, 0x10, series.second);
    wire.endMessage(point);
    wire.reserve(32);
    wire.tag(0x28);
    wire.varint(TYPE_CODES[series.kind]);
    if (series.unit !== '') wire.string(0x32, series.unit);
    if (series.interval > 0) {
      wire.reserve(16);
      wire.tag(0x40);
      wire.varint(series.interval);
    }
    wire.endMessage(start);
  }
}

/** `datadog.agentpayload.SketchPayload`. */
export class SketchWriter extends ProtoEntries<SketchSeries> {
  protected write(wire: WireWriter, { name, host, tags, second, sketch }: SketchSeries): void {
    const start = wire.beginMessage(0x0a);
    wire.string(0x0a, name);
    if (host !== '') wire.string(0x12, host);
    for (const tag of tags.list) wire.string(0x22, tag);
    const entry = wire.beginMessage(0x3a);
    wire.reserve(80);
    writeTime(wire, 0x08, second);
    wire.tag(0x10);
    wire.varint(sketch.count);
    writeDouble(wire, 0x19, sketch.min);
    writeDouble(wire, 0x21, sketch.max);
    writeDouble(wire, 0x29, sketch.sum / sketch.count);
    writeDouble(wire, 0x31, sketch.sum);
    const { keys, counts } = wireBins(sketch.bins);
    const packedKeys = wire.beginMessage(0x3a);
    wire.reserve(keys.length * 10);
    for (const key of keys) wire.signed(key);
    wire.endMessage(packedKeys);
    const packedCounts = wire.beginMessage(0x42);
    wire.reserve(counts.length * 10);
    for (const count of counts) wire.varint(count);
    wire.endMessage(packedCounts);
    wire.endMessage(entry);
    wire.endMessage(start);
  }
}

/** Proto3 leaves zeros out. */
function writeDouble(wire: WireWriter, tag: number, value: number): void {
  if (value === 0) return;
  wire.tag(tag);
  wire.double(value);
}

function writeTime(wire: WireWriter, tag: number, second: number): void {
  wire.tag(tag);
  wire.varint64(second);
}

/** `{"series":[…]}` of the current or the legacy API. */
export class JsonSeriesWriter implements EntryWriter<Series> {
  readonly #text: (series: Series) => string;
  readonly #list = new JsonList('{"series":[', ']}');

  constructor(version: 'v1' | 'v2') {
    this.#text = version === 'v1' ? legacyJson : seriesJson;
  }

  get size(): number {
    return this.#list.size;
  }

  add(series: Series): void {
    this.#list.add(this.#text(series));
  }

  commit(): void {
    this.#list.commit();
  }

  discard(): void {
    this.#list.discard();
  }

  take(): Uint8Array | undefined {
    return this.#list.take();
  }
}

function seriesJson({ name, kind, unit, interval, second, value, host, tags }: Series): string {
  const window = interval > 0 ? `,"interval":${interval}` : '';
  const named = unit === '' ? '' : `,"unit":"${unit}"`;
  const resources = host === '' ? '' : `,"resources":[{"type":"host","name":${JSON.stringify(host)}}]`;
  return `{"metric":"${name}","type":${TYPE_CODES[kind]}${named}${window},"points":[{"timestamp":${second},"value":${value}}]${resources},"tags":${tagsJson(tags)}}`;
}

/** Host and tags are there even when empty: some servers keep those of the request before. */
function legacyJson({ name, kind, interval, second, value, host, tags }: Series): string {
  const window = interval > 0 ? `,"interval":${interval}` : '';
  return `{"metric":"${name}","type":"${kind}"${window},"points":[[${second},${value}]],"host":${JSON.stringify(host)},"tags":${tagsJson(tags)}}`;
}

function tagsJson({ text }: TagSet): string {
  return text === '' ? '[]' : `["${text}"]`;
}
