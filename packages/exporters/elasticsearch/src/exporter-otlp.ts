/** One instance that sends OTLP: encoder, nodes and reader of answers joined over HTTP. */
import { isOff } from '@telemetryflow/http';
import type { Exporter, ExporterContext, HealthcheckResult } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import { OtlpAnswerReader } from './classify-otlp.ts';
import { nodesOf, otlpUrlOf } from './cluster.ts';
import type { ElasticsearchConfig } from './config.ts';
import { type OtlpMessage, otlpEncoder } from './encode-otlp.ts';
import { clientOf, nodeClient } from './node-client.ts';

/** JSON is not taken. */
const HEADERS = { 'content-type': 'application/x-protobuf' };
const SIGNALS: readonly Signal[] = ['metrics', 'logs', 'traces'];

export function createOtlpExporter(config: ElasticsearchConfig, context: ExporterContext): Exporter {
  const { logger, clock, dataSignal } = context;
  const { nodes, client, pool, saw } = nodeClient(config, clock);
  const reader = new OtlpAnswerReader((message, fields) => logger.debug(message, fields));
  return {
    encode: otlpEncoder(config),
    send: async ({ body, items }, { signal, attempt }) => {
      const message = body as OtlpMessage;
      const node = pool.pick();
      const url = otlpUrlOf(node, dataSignal);
      const result = await client.request({ url, headers: HEADERS, body: message.body, signal });
      saw(node, result);
      return reader.read(result, { signal: dataSignal, items, message, attempt });
    },
    start: () => client.start(nodes),
    stop: async () => client.close(),
  };
}

/** Sends an empty request per signal, which the server takes when it knows the way and the credentials. */
export async function otlpHealthcheck(config: ElasticsearchConfig, signal: AbortSignal): Promise<HealthcheckResult> {
  const client = clientOf(config);
  const reader = new OtlpAnswerReader(() => undefined);
  const wanted = SIGNALS.filter((each) => !isOff(config, each));
  let last: HealthcheckResult = { ok: false, message: 'no node is named' };
  try {
    for (const node of nodesOf(config)) {
      for (const each of wanted) {
        const url = otlpUrlOf(node, each);
        const result = await client.request({ url, headers: HEADERS, body: '', signal });
        const sent = { signal: each, items: { from: 0, to: 0 }, message: { items: 0, batchId: '' }, attempt: 1 };
        const { dropped, retry, split } = reader.read(result, sent);
        const refusal = dropped?.[0]?.detail ?? retry?.detail ?? split?.detail;
        last = { ok: refusal === undefined, message: refusal ?? `${url} takes OTLP` };
        if (!last.ok) break;
      }
      if (last.ok) break;
    }
    return last;
  } finally {
    client.close();
  }
}
