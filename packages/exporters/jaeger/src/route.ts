/**
 * Which protocol is spoken with which address. Jaeger has a port for each: 4317 OTLP over gRPC, 4318 OTLP over HTTP,
 * 14250 api_v2 over gRPC, 14268 Thrift over HTTP. Where protocol and port contradict each other, the protocol's port
 * is used, and the address as it was written is kept to fall back to.
 */
import type { JaegerConfig } from './config.ts';

/** `grpc` is api_v2. */
export type Wire = 'otlp/http' | 'otlp/grpc' | 'grpc' | 'http/thrift';

export interface Route {
  readonly wire: Wire;
  readonly url: string;
  /** The Thrift URL to use where nothing answers gRPC. */
  readonly fallback?: string;
  /** What was changed of the configuration, for a warning. */
  readonly rewritten?: string;
}

const PORTS: Readonly<Record<Wire, string>> = {
  'otlp/grpc': '4317',
  'otlp/http': '4318',
  grpc: '14250',
  'http/thrift': '14268',
};
/** Paths of URLs that have none. */
const PATHS: Readonly<Record<Wire, string>> = {
  'otlp/grpc': '',
  'otlp/http': '/v1/traces',
  grpc: '',
  'http/thrift': '/api/traces',
};
const SHORT: Readonly<Record<string, Wire>> = { thrift: 'http/thrift', otlp: 'otlp/http' };

/** The route of a configuration. */
export function routeOf({
  endpoint,
  protocol,
  grpc_endpoint: grpc,
}: Pick<JaegerConfig, 'endpoint' | 'protocol' | 'grpc_endpoint'>): Route {
  const given = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  const wire = wireOf(protocol, given?.port ?? '');
  const url = given ?? new URL(`http://localhost:${PORTS[wire]}`);
  if (wire === 'grpc') return grpcRoute(url, grpc, given === undefined ? undefined : endpoint);
  if (wire === 'http/thrift' && url.port === PORTS.grpc) {
    const rewritten = `${url.protocol}//${url.hostname}:${PORTS['http/thrift']}${PATHS['http/thrift']}`;
    return { wire, url: rewritten, rewritten: `port ${PORTS.grpc} speaks gRPC: Thrift goes to ${rewritten}` };
  }
  return { wire, url: isRoot(url) ? withPath(url, PATHS[wire]) : given === undefined ? url.href : endpoint };
}

function wireOf(protocol: JaegerConfig['protocol'], port: string): Wire {
  if (protocol !== undefined) return SHORT[protocol] ?? (protocol as Wire);
  const [named] = Object.entries(PORTS).find(([, own]) => own === port) ?? [];
  return (named as Wire | undefined) ?? 'otlp/http';
}

function grpcRoute(url: URL, configured: string, endpoint: string | undefined): Route {
  const thrift = url.port === PORTS['http/thrift'] || url.pathname.replace(/\/+$/, '') === PATHS['http/thrift'];
  const own =
    configured === '' ? undefined : /^https?:/.test(configured) ? configured : `${url.protocol}//${configured}`;
  const target = own ?? (thrift ? `${url.protocol}//${url.hostname}:${PORTS.grpc}` : `${url.protocol}//${url.host}`);
  if (!thrift || endpoint === undefined) return { wire: 'grpc', url: target };
  const rewritten = `${endpoint} speaks Thrift, not gRPC: gRPC goes to ${target}, and where nothing answers there, Thrift to the endpoint as it is`;
  return { wire: 'grpc', url: target, fallback: endpoint, ...(own === undefined && { rewritten }) };
}

function isRoot({ pathname, search }: URL): boolean {
  return pathname === '/' && search === '';
}

function withPath(url: URL, path: string): string {
  return `${url.origin === 'null' ? url.href : url.href.replace(/\/$/, '')}${path}`;
}
