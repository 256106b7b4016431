/** The HTTP client of one instance, and which node it asks next: what both protocols share. */
import { clientOptions, createHttpClient, type HttpClient, type HttpResult, mergeHeaders } from '@telemetryflow/http';
import type { Clock } from '@telemetryflow/kernel';
import { authorization, nodesOf } from './cluster.ts';
import { type ElasticsearchConfig, withFlatTls } from './config.ts';
import { NodePool } from './node-pool.ts';

const DEAD: ReadonlySet<number> = new Set([502, 503, 504]);
const UNREACHABLE: ReadonlySet<string> = new Set(['network', 'timeout']);

export interface NodeClient {
  readonly nodes: readonly string[];
  readonly client: HttpClient;
  readonly pool: NodePool;
  /** Keeps in mind whether the node is there. */
  saw(node: string, result: HttpResult): void;
}

/** With credentials, headers and TLS of the configuration. */
export function clientOf(config: ElasticsearchConfig): HttpClient {
  return createHttpClient({
    ...clientOptions({ ...config, endpoint: '', tls: withFlatTls(config) }),
    headers: mergeHeaders(authorization(config), config.headers),
  });
}

export function nodeClient(config: ElasticsearchConfig, clock: Pick<Clock, 'monotonic'>): NodeClient {
  const nodes = nodesOf(config);
  const pool = new NodePool(nodes, () => clock.monotonic());
  return {
    nodes,
    client: clientOf(config),
    pool,
    saw: (node, result) => {
      if (result.kind === 'response' ? DEAD.has(result.status) : UNREACHABLE.has(result.reason)) pool.dead(node);
      else if (result.kind === 'response') pool.alive(node);
    },
  };
}
