/** Independent readers: protobufjs with the official message definitions (prompb, remote write 1.0 and 2.0). */
import protobuf from 'protobufjs';

const HISTOGRAM = `
message BucketSpan { sint32 offset = 1; uint32 length = 2; }
message Histogram {
  oneof count { uint64 count_int = 1; double count_float = 2; }
  double sum = 3; sint32 schema = 4; double zero_threshold = 5;
  oneof zero_count { uint64 zero_count_int = 6; double zero_count_float = 7; }
  repeated BucketSpan negative_spans = 8; repeated sint64 negative_deltas = 9; repeated double negative_counts = 10;
  repeated BucketSpan positive_spans = 11; repeated sint64 positive_deltas = 12; repeated double positive_counts = 13;
  ResetHint reset_hint = 14; int64 timestamp = 15; repeated double custom_values = 16; int64 start_timestamp = 17;
  enum ResetHint { UNKNOWN = 0; YES = 1; NO = 2; GAUGE = 3; }
}`;

const V1 = `syntax = "proto3"; package prometheus;
message WriteRequest { repeated TimeSeries timeseries = 1; reserved 2; repeated MetricMetadata metadata = 3; }
message MetricMetadata {
  enum MetricType { UNKNOWN = 0; COUNTER = 1; GAUGE = 2; HISTOGRAM = 3; GAUGEHISTOGRAM = 4; SUMMARY = 5; INFO = 6; STATESET = 7; }
  MetricType type = 1; string metric_family_name = 2; string help = 4; string unit = 5;
}
message Sample { double value = 1; int64 timestamp = 2; }
message Exemplar { repeated Label labels = 1; double value = 2; int64 timestamp = 3; }
message TimeSeries { repeated Label labels = 1; repeated Sample samples = 2; repeated Exemplar exemplars = 3; repeated Histogram histograms = 4; }
message Label { string name = 1; string value = 2; }${HISTOGRAM}`;

const V2 = `syntax = "proto3"; package io.prometheus.write.v2;
message Request { reserved 1 to 3; repeated string symbols = 4; repeated TimeSeries timeseries = 5; }
message TimeSeries {
  repeated uint32 labels_refs = 1; repeated Sample samples = 2; repeated Histogram histograms = 3;
  repeated Exemplar exemplars = 4; Metadata metadata = 5; reserved 6;
}
message Exemplar { repeated uint32 labels_refs = 1; double value = 2; int64 timestamp = 3; }
message Sample { double value = 1; int64 timestamp = 2; int64 start_timestamp = 3; }
message Metadata {
  enum MetricType { UNSPECIFIED = 0; COUNTER = 1; GAUGE = 2; HISTOGRAM = 3; GAUGEHISTOGRAM = 4; SUMMARY = 5; INFO = 6; STATESET = 7; }
  MetricType type = 1; uint32 help_ref = 3; uint32 unit_ref = 4;
}${HISTOGRAM}`;

export interface DecodedHistogram {
  countInt?: number | string;
  sum?: number;
  schema?: number;
  zeroThreshold?: number;
  zeroCountInt?: number | string;
  positiveSpans?: { offset: number; length: number }[];
  positiveDeltas?: (number | string)[];
  negativeSpans?: { offset: number; length: number }[];
  negativeDeltas?: (number | string)[];
  timestamp?: number;
  customValues?: number[];
  startTimestamp?: number;
}
export interface DecodedSeries {
  labels: Record<string, string>;
  labelNames: string[];
  samples: { value: number; timestamp: number; startTimestamp?: number }[];
  exemplars: { labels: Record<string, string>; value: number; timestamp: number }[];
  histograms: DecodedHistogram[];
  metadata?: { type?: string; help?: string; unit?: string };
}
export interface DecodedRequest {
  series: DecodedSeries[];
  metadata: { type: string; metricFamilyName: string; help?: string; unit?: string }[];
  symbols: string[];
}

type Pair = { name: string; value: string };
type Raw = Record<string, never> & {
  timeseries?: Record<string, unknown>[];
  metadata?: DecodedRequest['metadata'];
  symbols?: string[];
};

const OPTIONS = { longs: Number, enums: String, defaults: false };
const v1 = protobuf.parse(V1, { keepCase: false }).root.lookupType('prometheus.WriteRequest');
const v2 = protobuf.parse(V2, { keepCase: false }).root.lookupType('io.prometheus.write.v2.Request');

function samples(list: unknown): DecodedSeries['samples'] {
  return ((list ?? []) as { value?: number; timestamp?: number; startTimestamp?: number }[]).map((s) => ({
    value: s.value ?? 0,
    timestamp: s.timestamp ?? 0,
    ...(s.startTimestamp === undefined ? {} : { startTimestamp: s.startTimestamp }),
  }));
}

/** Read a 1.0 request. */
export function decodeV1(bytes: Uint8Array): DecodedRequest {
  const raw = v1.toObject(v1.decode(bytes), OPTIONS) as Raw;
  const record = (pairs: unknown) => Object.fromEntries(((pairs ?? []) as Pair[]).map((l) => [l.name, l.value]));
  return {
    series: (raw.timeseries ?? []).map((t) => ({
      labels: record(t['labels']),
      labelNames: ((t['labels'] ?? []) as Pair[]).map((l) => l.name),
      samples: samples(t['samples']),
      exemplars: ((t['exemplars'] ?? []) as { labels: Pair[]; value?: number; timestamp: number }[]).map((e) => ({
        labels: record(e.labels),
        value: e.value ?? 0,
        timestamp: e.timestamp,
      })),
      histograms: (t['histograms'] ?? []) as DecodedHistogram[],
    })),
    metadata: raw.metadata ?? [],
    symbols: [],
  };
}

/** Read a 2.0 request; every reference must be in range and the first symbol empty. */
export function decodeV2(bytes: Uint8Array): DecodedRequest {
  const raw = v2.toObject(v2.decode(bytes), OPTIONS) as Raw;
  const symbols = raw.symbols ?? [];
  if (symbols[0] !== '') throw new Error(`the first symbol is ${JSON.stringify(symbols[0])}`);
  const text = (reference: number): string => {
    const found = symbols[reference];
    if (found === undefined) throw new Error(`symbol ${reference} is not there`);
    return found;
  };
  const pairs = (references: unknown) => {
    const list = (references ?? []) as number[];
    const found: Pair[] = [];
    for (let i = 0; i < list.length; i += 2) found.push({ name: text(list[i] ?? -1), value: text(list[i + 1] ?? -1) });
    return found;
  };
  const record = (references: unknown) => Object.fromEntries(pairs(references).map((l) => [l.name, l.value]));
  return {
    series: (raw.timeseries ?? []).map((t) => {
      const metadata = t['metadata'] as { type?: string; helpRef?: number; unitRef?: number } | undefined;
      return {
        labels: record(t['labelsRefs']),
        labelNames: pairs(t['labelsRefs']).map((l) => l.name),
        samples: samples(t['samples']),
        exemplars: ((t['exemplars'] ?? []) as { labelsRefs: number[]; value?: number; timestamp: number }[]).map(
          (e) => ({
            labels: record(e.labelsRefs),
            value: e.value ?? 0,
            timestamp: e.timestamp,
          }),
        ),
        histograms: (t['histograms'] ?? []) as DecodedHistogram[],
        ...(metadata === undefined
          ? {}
          : {
              metadata: {
                ...(metadata.type === undefined ? {} : { type: metadata.type }),
                help: text(metadata.helpRef ?? 0),
                unit: text(metadata.unitRef ?? 0),
              },
            }),
      };
    }),
    metadata: [],
    symbols,
  };
}
