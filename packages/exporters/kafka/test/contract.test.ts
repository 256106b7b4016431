import { describe, expect, test } from '@jest/globals';
import kafka from '@telemetryflow/exporter-kafka';
import type { LogRecord, ResourceMetricsRecord } from '@telemetryflow/otlp';
import {
  type ContractOptions,
  exporterContract,
  FAULT_CELLS,
  KAFKA_CREDENTIALS,
  KAFKA_PROFILE,
  type ProduceAnswer,
  type Produced,
  runFaultMatrix,
} from '@telemetryflow/testkit';

const HUGE = 'x'.repeat(1_100_000);

const options: ContractOptions<Produced, ProduceAnswer> = {
  definition: kafka,
  config({ url, caFile }) {
    const { host, protocol } = new URL(url);
    return {
      brokers: [host],
      // Tells the fake broker which address to advertise.
      client_id: host,
      encoding: 'otlp_proto',
      sasl_username: KAFKA_CREDENTIALS.username,
      sasl_password: KAFKA_CREDENTIALS.password,
      tls_enabled: protocol === 'https:',
      ...(caFile !== undefined && { tls_ca_file: caFile }),
    };
  },
  backend: KAFKA_PROFILE,
  secrets: [KAFKA_CREDENTIALS.password],
  oversize: (_signal, item) =>
    item.map((record) =>
      'scopeMetrics' in record
        ? { ...(record as ResourceMetricsRecord), resource: { attributes: { big: HUGE } } }
        : { ...(record as LogRecord), attributes: { ...(record as LogRecord).attributes, big: HUGE } },
    ) as never,
  notApplicable: {
    partial: 'a broker takes or refuses the record batch of a partition as a whole',
    partialRetry: 'a broker takes or refuses the record batch of a partition as a whole',
    throttle: 'brokers tell their delay to the client (throttle_time_ms), which waits by itself',
    page: 'brokers speak no HTTP',
  },
};

describe('the exporter contract, over kafkajs and real sockets', () => {
  for (const { name, run } of exporterContract(options)) test(name, run);
});

test('survives every socket fault', async () => {
  // Starting meets most of the faults: it must end soon, and leave the rest to the first send.
  const config: typeof options.config = (at) => ({ ...options.config(at), connection_timeout: '1500ms' });
  expect(await runFaultMatrix({ ...options, config, signal: 'logs' })).toHaveLength(FAULT_CELLS);
});
