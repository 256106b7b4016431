/** api_v2 over gRPC: the method PostSpans of Jaeger's CollectorService. */
import {
  createGrpcExporter,
  type GrpcExporterTarget,
  type GrpcRule,
  type HttpBody,
  mergeHeaders,
} from '@telemetryflow/http';
import type { Exporter, ExporterContext } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import { authentication } from './authentication.ts';
import type { JaegerConfig } from './config.ts';
import { protoEncoder } from './encode-proto.ts';
import type { Route } from './route.ts';
import { settingsOf } from './settings.ts';

export function createPostSpansExporter(
  config: JaegerConfig,
  route: Route,
  rules: readonly GrpcRule[],
  context: ExporterContext,
): Exporter<Signal, HttpBody> {
  const target = postSpansTarget(config, route, rules);
  return createGrpcExporter(protoEncoder(target.config.max_request_bytes, config.link_logs) as never, target, context);
}

export function postSpansTarget(config: JaegerConfig, route: Route, rules: readonly GrpcRule[]): GrpcExporterTarget {
  return {
    config: settingsOf(config, route),
    endpoint: route.url,
    method: '/jaeger.api_v2.CollectorService/PostSpans',
    metadata: mergeHeaders(authentication(config), config.headers),
    options: {},
    load: undefined,
    rules,
  };
}
