/** Produces telemetry to Apache Kafka. */
import { defineExporter, type ExporterDefinition } from '@telemetryflow/kernel';
import { checkConfig } from './check.ts';
import { type KafkaConfig, schema, signalEncoding, signalsOf } from './config.ts';
import { kafkajs } from './driver/kafkajs.ts';
import { platformatic } from './driver/platformatic.ts';
import type { Driver } from './driver/port.ts';
import { createKafkaExporter } from './exporter.ts';
import { checkHealth } from './health.ts';

export type { KafkaConfig } from './config.ts';

/** Partitions that are written to at the same time. */
const CONCURRENCY = 5;

const kafka: ExporterDefinition = defineExporter<KafkaConfig>({
  module: import.meta.url,
  type: 'kafka',
  description: 'Produces telemetry to Apache Kafka.',
  starter: { brokers: ['${KAFKA_BROKER:-localhost:9092}'], encoding: 'otlp_proto' },
  signals: { traces: 'stable', metrics: 'stable', logs: 'stable' },
  config: schema,
  check: checkConfig,
  enabledSignals: signalsOf,
  reads: (config, signal) => (signalEncoding(config, signal).startsWith('otlp_') ? 'otlp' : 'records'),
  ordered: true,
  concurrency: CONCURRENCY,
  create: (config, context) => createKafkaExporter(config, context, driverOf(config)),
  healthcheck: (config, { signal }) => checkHealth(config, driverOf(config), signal),
});

export default kafka;

function driverOf(config: KafkaConfig): Driver {
  return config.driver === 'platformatic' ? platformatic : kafkajs;
}
