/** Turns batches into OTLP requests; the server makes documents of them. Pure. */
import { encodeOtlpProto } from '@telemetryflow/http';
import { type Batch, countItems, type EncodeContext, type Encoded } from '@telemetryflow/kernel';
import { type ResourceRecord, type Signal, withAttribute, withResourceAttributes } from '@telemetryflow/otlp';
import type { DataStreamOptions, ElasticsearchConfig } from './config.ts';

/** An OTLP request on its way. */
export interface OtlpMessage {
  readonly body: Uint8Array;
  readonly items: number;
  readonly batchId: string;
}

/** The vendor's advice, for nodes as for the managed endpoint, before compression. */
export const MAX_OTLP_BYTES = 4_000_000;

export function otlpEncoder(
  config: ElasticsearchConfig,
): (batch: Batch, context: Pick<EncodeContext, 'id'>) => Generator<Encoded<OtlpMessage>> {
  const maxBytes = Math.min(config.flush_bytes, MAX_OTLP_BYTES);
  const { data_stream } = config;
  return function* encode(batch, { id }) {
    const routed = data_stream === undefined ? batch : batch.mapResources((each) => inStream(each, data_stream));
    for (const each of encodeOtlpProto(routed as Batch<Signal>, maxBytes)) {
      if (each === undefined) yield undefined;
      else if ('dropped' in each)
        yield { ...each, detail: `one item takes more than a request may (${maxBytes} bytes)` };
      else yield { ...each, body: { body: each.body, items: countItems(each.items), batchId: id } };
    }
  };
}

/** The resource with the attributes by which the server chooses the data stream, unless it has its own. */
function inStream(resource: ResourceRecord, { dataset, namespace }: DataStreamOptions): ResourceRecord {
  let { attributes } = resource;
  // The server adds the end of the name itself.
  const wanted = { 'data_stream.dataset': dataset.replace(/\.otel$/, ''), 'data_stream.namespace': namespace };
  for (const [name, value] of Object.entries(wanted)) {
    if (!Object.hasOwn(attributes, name)) attributes = withAttribute(attributes, name, value);
  }
  return attributes === resource.attributes ? resource : withResourceAttributes(resource, attributes);
}
