/** The encoder of an endpoint, by its encoding. */
import type { HttpEncoder, HttpMessage } from '@telemetryflow/http';
import type { Batch, EncodeContext, Encoded } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import { type EndpointConfig, SEVERITIES } from './config.ts';
import { encodeFlat } from './encode-flat.ts';
import { encodeEnvelope, encodeOtlp } from './encode-otlp.ts';
import { encodeSlack } from './encode-slack.ts';
import { encodeFrom } from './severity.ts';

const CONTENT_TYPES = {
  json: 'application/json',
  otlp_json: 'application/json',
  otlp_proto: 'application/x-protobuf',
  ndjson: 'application/x-ndjson',
  json_array: 'application/json',
  cloudevents: 'application/cloudevents-batch+json',
  slack: 'application/json',
} as const;

/** CloudEvents go alone when the agreed maximum is one. */
function single(config: EndpointConfig): boolean {
  return config.encoding === 'cloudevents' && config.batch_size === 1;
}

/** The content type of an endpoint's requests. */
export function contentType(config: EndpointConfig): string {
  if (config.content_type !== undefined && config.content_type !== '') return config.content_type;
  return single(config) ? 'application/cloudevents+json' : CONTENT_TYPES[config.encoding];
}

/** With one request at a time all payloads have one key: the order of batches is kept. */
const ORDER_KEY = 'webhook';

/** Turns batches into requests of an endpoint. */
export function encoder<S extends Signal>(config: EndpointConfig): HttpEncoder<S> {
  const minimum = config.min_severity === undefined ? 0 : SEVERITIES[config.min_severity];
  return function* (batch, context) {
    const filtered =
      minimum > 0 && batch.signal === 'logs'
        ? encodeFrom(batch as Batch as Batch<'logs'>, minimum, (kept) => encodeBatch(kept, context, config))
        : encodeBatch(batch as Batch, context, config);
    for (const each of filtered) {
      yield each === undefined || 'dropped' in each ? each : { ...each, key: ORDER_KEY };
    }
  };
}

function encodeBatch(batch: Batch, context: EncodeContext, config: EndpointConfig): Iterable<Encoded<HttpMessage>> {
  const maxBytes = config.max_request_bytes;
  const { encoding } = config;
  switch (encoding) {
    case 'json':
      return encodeEnvelope(batch, context, maxBytes);
    case 'otlp_json':
    case 'otlp_proto':
      return encodeOtlp(batch, context, { json: encoding === 'otlp_json', maxBytes });
    case 'slack':
      return encodeSlack(batch as Batch<'logs'>, context);
    default:
      return encodeFlat(batch, context, { encoding, maxBytes, single: single(config) });
  }
}
