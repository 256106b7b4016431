/** The options of the transports, with the defaults that depend on the protocol. */
import type { OtlpConfig } from '@telemetryflow/http';
import type { JaegerConfig } from './config.ts';
import { type Route, routeOf } from './route.ts';

const HTTP_BYTES = 4_000_000;
/** Servers take messages of 4 MiB. */
const GRPC_BYTES = 3_800_000;

/** The configuration as an OTLP exporter reads it; the older protocols use the same transports. */
export function settingsOf(config: JaegerConfig, { wire, url }: Route = routeOf(config)): OtlpConfig {
  const otlp = wire === 'otlp/http' || wire === 'otlp/grpc';
  const grpc = wire === 'otlp/grpc' || wire === 'grpc';
  return {
    ...config,
    endpoint: url,
    traces_endpoint: url,
    protocol: grpc ? 'grpc' : 'http',
    encoding: 'proto',
    compression: config.compression ?? (otlp ? 'gzip' : 'none'),
    max_request_bytes: config.max_request_bytes ?? (grpc ? GRPC_BYTES : HTTP_BYTES),
  };
}
