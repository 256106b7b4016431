/** One instance that writes documents: encoders, nodes, cluster and reader of answers joined over HTTP. */
import { randomBytes } from 'node:crypto';
import { classify, describe, type HttpResult } from '@telemetryflow/http';
import type { Batch, Exporter, ExporterContext, HealthcheckResult, Outcome } from '@telemetryflow/kernel';
import { retry } from '@telemetryflow/kernel';
import type { BulkMessage } from './bulk.ts';
import { AnswerReader, RULES } from './classify.ts';
import { nodesOf } from './cluster.ts';
import { readInfo } from './cluster-info.ts';
import { ClusterSetup, sameDocuments } from './cluster-setup.ts';
import type { ElasticsearchConfig } from './config.ts';
import { DocumentIds } from './document-id.ts';
import { encodeLogs } from './encode-logs.ts';
import { encodeMetrics } from './encode-metrics.ts';
import { encodeTraces } from './encode-traces.ts';
import { encodingOptions } from './encoding.ts';
import type { ClusterMode } from './mode.ts';
import { clientOf, nodeClient } from './node-client.ts';
import { Notices } from './notices.ts';

/** Without the status of every document the others would lose their places. */
const FILTER = 'filter_path=took,errors,items.*.status,items.*.error.type,items.*.error.reason,items.*.failure_store';
const HEADERS = { 'content-type': 'application/x-ndjson' };
/** How long a start waits for the cluster. */
const PATIENCE_MS = 3000;

export function createExporter(config: ElasticsearchConfig, context: ExporterContext): Exporter {
  const { logger, clock, dataSignal } = context;
  const { nodes, client, pool, saw } = nodeClient(config, clock);
  const setup = new ClusterSetup(client, config, dataSignal, logger);
  const reader = new AnswerReader((message, fields) => logger.debug(message, fields));
  const encoding = encodingOptions(config, new DocumentIds(randomBytes(8)));
  const notices = new Notices();

  async function send(message: BulkMessage, attempt: number, signal: AbortSignal): Promise<Outcome> {
    const node = pool.pick();
    const prepared = await setup.prepare(node, signal);
    if ('kind' in prepared) {
      saw(node, prepared);
      return classify(prepared, RULES);
    }
    if (!sameDocuments(prepared, message.mode)) return { ...retry('unsupported', { afterMs: 0 }), mode: prepared };
    const url = `${node}/_bulk?${query(config, prepared)}`;
    const result = await client.request({ url, headers: HEADERS, body: message.body, signal });
    saw(node, result);
    const outcome = reader.read(result, message, attempt);
    if (outcome.mode === undefined) return notices.add(outcome, message);
    return { ...outcome, mode: setup.learn(outcome.mode as ClusterMode) };
  }

  /** Asks the cluster before the first request is encoded; one that does not answer now is asked by that request. */
  async function acquaint(): Promise<void> {
    const impatience = new AbortController();
    const timer = clock.setTimeout(() => impatience.abort(), PATIENCE_MS);
    const node = pool.pick();
    const prepared = await setup.prepare(node, AbortSignal.any([impatience.signal, context.signal]));
    timer.cancel();
    if ('kind' in prepared) saw(node, prepared);
  }

  return {
    encode: (batch, context) => {
      const about = { ...context, mode: context.mode ?? setup.mode };
      switch (dataSignal) {
        case 'logs':
          return encodeLogs(batch as Batch<'logs'>, about, encoding);
        case 'metrics':
          return encodeMetrics(batch as Batch<'metrics'>, about, encoding);
        case 'traces':
          return encodeTraces(batch as Batch<'traces'>, about, encoding);
      }
    },
    send: (payload, { signal, attempt }) => send(payload.body as BulkMessage, attempt, signal),
    start: async () => {
      await client.start(nodes);
      await acquaint();
    },
    stop: async () => client.close(),
  };
}

function query({ pipeline }: ElasticsearchConfig, { requireDataStream }: ClusterMode): string {
  return `${FILTER}${pipeline === undefined || pipeline === '' ? '' : `&pipeline=${encodeURIComponent(pipeline)}`}${
    requireDataStream ? '&require_data_stream=true' : ''
  }`;
}

/** Asks a node for its version, with the credentials; one that answers is enough. */
export async function healthcheck(config: ElasticsearchConfig, signal: AbortSignal): Promise<HealthcheckResult> {
  const client = clientOf(config);
  let last: HealthcheckResult = { ok: false, message: 'no node is named' };
  try {
    for (const node of nodesOf(config)) {
      const result = await client.request({ method: 'GET', url: `${node}/`, signal });
      last = health(result);
      if (last.ok) break;
    }
    return last;
  } finally {
    client.close();
  }
}

function health(result: HttpResult): HealthcheckResult {
  if (result.kind === 'failure') return { ok: false, message: result.message };
  const { status, url } = result;
  // A server without this API, or that keeps it from us, has looked at the credentials all the same.
  const ok = status === 200 || status === 403 || status === 405;
  return { ok, message: ok ? `${url} is ${readInfo(result).name}` : describe(result) };
}
