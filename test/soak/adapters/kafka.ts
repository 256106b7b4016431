/** `kafka` over kafkajs, before a broker that speaks just enough of the protocol. */
import kafka from '@telemetryflow/exporter-kafka';
import type { ProduceAnswer, Produced } from '../../../packages/exporters/kafka/test/fake-broker.ts';
import { KAFKA_PROFILE, kafkaBlock, NOT_APPLICABLE } from '../../../packages/exporters/kafka/test/kafka-profile.ts';
import { SOAK_OPTIONS, type SoakAdapter } from '../adapter.ts';

const adapter: SoakAdapter<Produced, ProduceAnswer> = {
  definition: kafka,
  backend: KAFKA_PROFILE,
  signal: 'logs',
  config: (endpoint) => ({ ...kafkaBlock(endpoint), ...SOAK_OPTIONS }),
  notApplicable: NOT_APPLICABLE,
};

export default adapter;
