import { describe, test } from '@jest/globals';
import kafka from '@telemetryflow/exporter-kafka';
import type { LogRecord, ResourceMetricsRecord } from '@telemetryflow/otlp';
import { exporterContract } from '@telemetryflow/testkit';
import { CREDENTIALS, KAFKA_PROFILE, kafkaBlock, NOT_APPLICABLE } from './kafka-profile.ts';

const HUGE = 'x'.repeat(1_100_000);

describe('the exporter contract, over kafkajs and real sockets', () => {
  const scenarios = exporterContract({
    definition: kafka,
    config: kafkaBlock,
    backend: KAFKA_PROFILE,
    secrets: [CREDENTIALS.password],
    oversize: (_signal, item) =>
      item.map((record) =>
        'scopeMetrics' in record
          ? { ...(record as ResourceMetricsRecord), resource: { attributes: { big: HUGE } } }
          : { ...(record as LogRecord), attributes: { ...(record as LogRecord).attributes, big: HUGE } },
      ) as never,
    notApplicable: NOT_APPLICABLE,
  });
  for (const scenario of scenarios) test(scenario.name, scenario.run);
});
