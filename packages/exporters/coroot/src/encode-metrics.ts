/** Metrics as Coroot takes them: Prometheus remote write 1.0, with classic histograms only. */
import type { HttpBody, OtlpEncode } from '@telemetryflow/http';
import type { Batch, Encoded, ExporterOptions } from '@telemetryflow/kernel';
import { compressBlock, MetricsEncoder, REFUSAL_REASONS, REQUEST_HEADERS } from '@telemetryflow/remote-write';
import type { CorootConfig } from './config.ts';

/** Coroot names no limit; the Prometheus behind it decodes 32 MiB. */
const MAX_SAMPLES = 5000;
const MAX_BYTES = 2_000_000;

/** An encoder with the memory of its series. */
export function remoteWriteEncoder(config: CorootConfig): OtlpEncode {
  const { tags = {} } = config as Partial<ExporterOptions>;
  const encoder = new MetricsEncoder({
    translation: config.metric_suffixes ? 'UnderscoreEscapingWithSuffixes' : 'UnderscoreEscapingWithoutSuffixes',
    namespace: '',
    externalLabels: {},
    resourceToLabels: Object.keys(tags),
    targetInfo: true,
    scopeLabels: true,
    jobName: '',
    maxLabelValueLength: 0,
    histograms: 'classic',
    exponentialHistograms: 'classic',
    sendExemplars: true,
    sendMetadata: true,
    maxSamples: MAX_SAMPLES,
    maxBytes: Math.min(config.max_request_bytes, MAX_BYTES),
  });
  return function* (batch, { now: nowMs }): Generator<Encoded<HttpBody>> {
    const how = { nowMs, version: 1, classicOnly: true, compress: compressBlock } as const;
    for (const next of encoder.encode((batch as Batch<'metrics'>).records(), how)) {
      if (next === undefined) yield undefined;
      else if ('dropped' in next) {
        yield { dropped: next.dropped, reason: REFUSAL_REASONS[next.refusal], detail: next.refusal };
      } else {
        const { bytes, items, key, oldestMs } = next;
        yield { body: { body: bytes, contentEncoding: 'snappy', headers: REQUEST_HEADERS[1] }, items, key, oldestMs };
      }
    }
  };
}
