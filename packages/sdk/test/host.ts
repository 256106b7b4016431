/** A service with the providers of the 3.x SDKs, on the parts of a `Telemetry`. */
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import { LoggerProvider } from '@opentelemetry/sdk-logs';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { fromConfig, type Telemetry, type TelemetryOptions } from '../src/index.ts';
import { type MemoryExporter, memoryExporter, recordingLogger } from './memory-exporter.ts';

export interface Host {
  readonly telemetry: Telemetry;
  readonly backend: MemoryExporter;
  readonly said: ReturnType<typeof recordingLogger>['said'];
  readonly tracers: TracerProvider;
  readonly loggers: LoggerProvider;
  readonly meters: MeterProvider;
  span(name: string): void;
  log(body: string): void;
  shutdown(): Promise<void>;
}

export function providers(
  telemetry: Telemetry,
  resource: Resource = resourceFromAttributes({ 'service.name': 'shop' }),
) {
  const { spanProcessors, logRecordProcessors, metricReaders } = telemetry;
  return {
    tracers: new TracerProvider({ resource, spanProcessors }),
    loggers: new LoggerProvider({ resource, processors: logRecordProcessors }),
    meters: new MeterProvider({ resource, readers: metricReaders }),
  };
}

/** The host's telemetry is on: one `memory` exporter takes everything. */
export function startHost(
  options: TelemetryOptions & { readonly backend?: MemoryExporter; readonly resource?: Resource } = {},
): Host {
  const { backend = memoryExporter(), resource, ...rest } = options;
  const { said, logger } = recordingLogger();
  const config = { exporters: { [backend.definition.type]: { flush_interval: '1h' } }, service: QUIET };
  const telemetry = fromConfig(config, { plugins: [backend.definition], logger, ...rest });
  const { tracers, loggers, meters } = providers(telemetry, resource);
  return {
    telemetry,
    backend,
    said,
    tracers,
    loggers,
    meters,
    span: (name) => tracers.getTracer('app').startSpan(name).end(),
    log: (body) => loggers.getLogger('app').emit({ body, severityNumber: 9 }),
    async shutdown() {
      await Promise.all([tracers.shutdown(), loggers.shutdown(), meters.shutdown()]);
    },
  };
}

const QUIET = { telemetry: { metrics: { level: 'none' } } } as const;
