/** Names of data streams: `<type>-<dataset>-<namespace>`. */
import { cutUtf8, type Signal } from '@telemetryflow/otlp';
import type { ElasticsearchConfig } from './config.ts';

/** Of `dataset` and `namespace`, in bytes. */
const MAX_BYTES = 100;
const OTEL_SUFFIX = '.otel';

export interface DataStream {
  readonly name: string;
  /** `,"data_stream":{…}` as it stands in documents. */
  readonly field: string;
}

/** The data stream of a signal. Characters that no name may hold become `_`. */
export function dataStreamOf({ data_stream, mapping }: ElasticsearchConfig, signal: Signal): DataStream {
  // Templates of the server for OpenTelemetry's document shape apply to datasets with this end.
  const suffix = mapping === 'otel' ? OTEL_SUFFIX : '';
  const dataset = `${part(data_stream?.dataset ?? 'generic', /[\\/*?"<>| ,#:-]/g, suffix)}${suffix}`;
  const namespace = part(data_stream?.namespace ?? 'default', /[\\/*?"<>| ,#:]/g, '');
  return {
    name: `${signal}-${dataset}-${namespace}`,
    field: `,"data_stream":${JSON.stringify({ type: signal, dataset, namespace })}`,
  };
}

function part(text: string, illegal: RegExp, suffix: string): string {
  const clean = text
    .toLowerCase()
    .toWellFormed()
    .replace(illegal, '_')
    .replace(/\p{Cc}/gu, '_');
  return cutUtf8(
    clean.endsWith(suffix) ? clean.slice(0, clean.length - suffix.length) : clean,
    MAX_BYTES - suffix.length,
  );
}
