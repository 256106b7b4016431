/** `kafka` over kafkajs, before a strict broker. */
import kafka from '@telemetryflow/exporter-kafka';
import { KAFKA_CREDENTIALS, KAFKA_PROFILE, type ProduceAnswer, type Produced } from '@telemetryflow/testkit';
import { SOAK_OPTIONS, type SoakAdapter } from '../adapter.ts';

const adapter: SoakAdapter<Produced, ProduceAnswer> = {
  definition: kafka,
  backend: KAFKA_PROFILE,
  signal: 'logs',
  config: ({ url }) => ({
    brokers: [new URL(url).host],
    // Tells the fake broker which address to advertise.
    client_id: new URL(url).host,
    encoding: 'otlp_proto',
    sasl_username: KAFKA_CREDENTIALS.username,
    sasl_password: KAFKA_CREDENTIALS.password,
    ...SOAK_OPTIONS,
  }),
  notApplicable: {
    partial: 'a broker takes or refuses the record batch of a partition as a whole',
    partialRetry: 'a broker takes or refuses the record batch of a partition as a whole',
    throttle: 'brokers tell their delay to the client (throttle_time_ms), which waits by itself',
  },
};

export default adapter;
