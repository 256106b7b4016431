/** OTLP, as every Jaeger since 1.35 takes it, over HTTP or gRPC. */
import { defineOtlpExporter, transformItems, transformResources } from '@telemetryflow/http';
import type { ExporterDefinition } from '@telemetryflow/kernel';
import { authentication } from './authentication.ts';
import type { JaegerConfig } from './config.ts';
import { nonFiniteAsText, resourceAsText } from './non-finite.ts';

/** The OTLP exporter of a configuration. */
export function otlpExporter(config: JaegerConfig): ExporterDefinition {
  return defineOtlpExporter({
    type: 'jaeger',
    description: '',
    signals: { traces: 'stable' },
    config: { properties: {} },
    grpc: {},
    headers: () => authentication(config),
    prepare: (_settings, _signal, encode) =>
      transformResources(transformItems(encode, [nonFiniteAsText]), resourceAsText),
  });
}
