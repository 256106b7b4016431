/**
 * OTLP for Datadog: bytes as they are, resources filled with what Datadog ties signals together by, and exponential
 * histograms at a scale that it takes.
 */
import { encodeOtlpProto } from '@telemetryflow/http';
import { type Batch, batchFromRecords, type EncodeContext, type Encoded } from '@telemetryflow/kernel';
import { downscale, exponentialToExplicit } from '@telemetryflow/metrics';
import {
  DataPointType,
  type ExponentialHistogramRecord,
  type HistogramRecord,
  type MetricRecord,
  type ResourceRecord,
  type Signal,
  withAttribute,
  withoutAttribute,
} from '@telemetryflow/otlp';
import type { DatadogConfig } from './config.ts';
import type { DatadogMessage } from './message.ts';
import { ResourceReader } from './resource-tags.ts';

/** Bytes of a request before compression. Metrics may have 512 KiB after it. */
const MAX_BYTES: Readonly<Record<Signal, number>> = { traces: 4_194_304, metrics: 1_500_000, logs: 4_194_304 };
const MAX_PLAIN_METRICS = 500_000;
/** After a 413: older intakes took 3.2 MB. */
const LOWERED_BYTES = 3_000_000;
/** Scales that Datadog takes. */
const MAX_SCALE = 4;
const MIN_SCALE = -4;

/** What a 413 changes about further requests. */
export const LOWERED = 'lowered';

/** Encodes a signal by a configuration; `machine` is the name of this machine. */
export function otlpEncoder(
  config: DatadogConfig,
  machine: string,
): (batch: Batch, context: EncodeContext) => Generator<Encoded<DatadogMessage>> {
  const reader = new ResourceReader({ ...config, all: false }, machine);
  const change = (resource: ResourceRecord): ResourceRecord => filled(resource, reader);
  const plain = config.compression === 'none' || config.compression === false;

  return function* encode(batch, { id, mode }) {
    const { signal } = batch;
    const full = signal === 'metrics' && plain ? MAX_PLAIN_METRICS : MAX_BYTES[signal];
    const maxBytes = mode === LOWERED ? Math.min(full, LOWERED_BYTES) : full;
    const named = batch.mapResources(change);
    const ready = signal === 'metrics' ? (rescaled(named as Batch<'metrics'>) as Batch) : named;
    for (const each of encodeOtlpProto(ready, maxBytes)) {
      if (each === undefined || 'dropped' in each) yield each;
      else yield { ...each, body: { requests: [{ body: each.body }], batchId: id } };
    }
  };
}

/** Service, environment, version and host where the telemetry has none; tags of those names under their own. */
function filled(resource: ResourceRecord, reader: ResourceReader): ResourceRecord {
  const { attributes: own } = resource;
  const { service, env, version } = reader.singles(own);
  const { host } = reader.read(resource);
  let attributes = own;
  for (const key of ['service', 'env', 'version', 'host']) {
    if (reader.isConfigured(key, own[key])) attributes = withoutAttribute(attributes, key);
  }
  const put = (key: string, value: string): void => {
    if (value !== '' && attributes[key] !== value) attributes = withAttribute(attributes, key, value);
  };
  put('service.name', service);
  if (own['deployment.environment'] === undefined) put('deployment.environment.name', env);
  put('service.version', version);
  if (own['host.name'] === undefined) put('host.name', host);
  for (const [key, value] of reader.hostTags) if (attributes[key] === undefined) put(key, value);
  return attributes === own ? resource : { ...resource, attributes };
}

function rescaled(batch: Batch<'metrics'>): Batch<'metrics'> {
  let changed = false;
  const records = batch.records().map((record) => ({
    ...record,
    scopeMetrics: record.scopeMetrics.map((scope) => ({
      ...scope,
      metrics: scope.metrics.map((metric) => {
        const fitting = metric.dataPointType === DataPointType.EXPONENTIAL_HISTOGRAM ? rescale(metric) : metric;
        if (fitting !== metric) changed = true;
        return fitting;
      }),
    })),
  }));
  return changed ? (batchFromRecords('metrics', records) as Batch<'metrics'>) : batch;
}

function rescale(metric: ExponentialHistogramRecord): MetricRecord {
  const scales = metric.dataPoints.map(({ value }) => value.scale);
  if (scales.some((scale) => scale < MIN_SCALE)) return explicit(metric);
  if (scales.every((scale) => scale <= MAX_SCALE)) return metric;
  const dataPoints = metric.dataPoints.map((point) => ({ ...point, value: downscale(point.value, MAX_SCALE) }));
  return { ...metric, dataPoints } as ExponentialHistogramRecord;
}

/** Buckets this wide cannot be made narrower: explicit ones may have any bounds. */
function explicit(metric: ExponentialHistogramRecord): HistogramRecord {
  return {
    ...metric,
    dataPointType: DataPointType.HISTOGRAM,
    dataPoints: metric.dataPoints.map((point) => ({ ...point, value: exponentialToExplicit(point.value) })),
  };
}
