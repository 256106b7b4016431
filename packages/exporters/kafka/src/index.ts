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

/**
 * The `kafka` exporter: produces telemetry to Apache Kafka.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import kafka from '@telemetryflow/exporter-kafka';
 * import { createPipeline } from '@telemetryflow/kernel';
 * import { fakeKafka, logs } from '@telemetryflow/testkit';
 *
 * const broker = await fakeKafka();
 * const config = {
 *   exporters: {
 *     kafka: {
 *       brokers: [broker.address],
 *       client_id: broker.address,
 *       encoding: 'otlp_json',
 *       logs_topic: 'shop',
 *     },
 *   },
 * };
 * const pipeline = await createPipeline(config, { plugins: [kafka] });
 * await pipeline.start();
 * await pipeline.consume({ signal: 'logs', records: logs(2, { startMs: Date.now() }) });
 * await pipeline.shutdown();
 * await broker.close();
 * assert.deepEqual(
 *   broker.requests.map(({ topic }) => topic),
 *   ['shop'],
 * );
 * ```
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import kafka, { type KafkaConfig } from '@telemetryflow/exporter-kafka';
 * import { configureExporter } from '@telemetryflow/testkit';
 *
 * // A block as the exporter gets it: with its defaults, durations in milliseconds, sizes in bytes.
 * const { config } = await configureExporter(kafka, { brokers: ['kafka:9092'], connection_timeout: '3s' });
 * const { logs_topic, connection_timeout } = config as KafkaConfig;
 * assert.deepEqual([logs_topic, connection_timeout], ['telemetryflow-logs', 3000]);
 * ```
 */
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
