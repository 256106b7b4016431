/** Jaeger 1.76 all-in-one: OTLP, api_v2 over gRPC and Thrift over HTTP, in memory, read back by its query API. */
import { dataDir, readyBinary } from './cache.ts';
import { answers, freePort, type Referee, startServer } from './server.ts';

export interface Jaeger extends Referee {
  readonly otlpHttp: number;
  readonly otlpGrpc: number;
  readonly grpc: number;
  readonly thrift: number;
  /** A stored trace, or `undefined` while there is none. */
  trace(traceId: string): Promise<JaegerTrace | undefined>;
}

/** A tag as the query API shows it. */
export interface StoredTag {
  readonly key: string;
  readonly type: string;
  readonly value: unknown;
}

/** A trace as the query API shows it; times in microseconds. */
export interface JaegerTrace {
  readonly spans: readonly {
    readonly traceID: string;
    readonly spanID: string;
    readonly operationName: string;
    readonly references: readonly { readonly refType: string; readonly traceID: string; readonly spanID: string }[];
    readonly startTime: number;
    readonly duration: number;
    readonly tags: readonly StoredTag[];
    readonly logs: readonly { readonly timestamp: number; readonly fields: readonly StoredTag[] }[];
    readonly processID: string;
  }[];
  readonly processes: Readonly<Record<string, { readonly serviceName: string; readonly tags?: readonly StoredTag[] }>>;
}

/** Jaeger, where its binary is at hand. */
export async function startJaeger(): Promise<Jaeger | undefined> {
  const binary = await readyBinary('jaeger-all-in-one');
  if (binary === undefined) return undefined;
  const [query, queryGrpc, thrift, grpc, otlpHttp, otlpGrpc, zipkin, admin] = await Promise.all(
    Array.from({ length: 8 }, freePort),
  );
  const url = `http://127.0.0.1:${query}`;
  const listen = {
    'query.http-server.host-port': query,
    'query.grpc-server.host-port': queryGrpc,
    'collector.http-server.host-port': thrift,
    'collector.grpc-server.host-port': grpc,
    'collector.otlp.http.host-port': otlpHttp,
    'collector.otlp.grpc.host-port': otlpGrpc,
    'collector.zipkin.host-port': zipkin,
    'admin.http.host-port': admin,
  };
  const referee = await startServer({
    name: 'jaeger',
    version: '1.76.0',
    url,
    dir: await dataDir(),
    command: binary,
    args: Object.entries(listen).map(([flag, port]) => `--${flag}=127.0.0.1:${port}`),
    env: { SPAN_STORAGE_TYPE: 'memory' },
    ready: () => answers(`http://127.0.0.1:${admin}/`),
  });
  return {
    ...referee,
    otlpHttp: otlpHttp ?? 0,
    otlpGrpc: otlpGrpc ?? 0,
    grpc: grpc ?? 0,
    thrift: thrift ?? 0,
    async trace(traceId) {
      const response = await fetch(`${url}/api/traces/${traceId}`);
      if (response.status === 404) return undefined;
      const { data } = (await response.json()) as { data: readonly JaegerTrace[] };
      return data[0];
    },
  };
}
