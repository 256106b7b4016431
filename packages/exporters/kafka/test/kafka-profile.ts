/** How brokers answer, for the testkit: the contract, the fault matrix and the fault run. */
import type { BackendProfile, ContractOptions } from '@telemetryflow/testkit';
import { type ProduceAnswer, type Produced, startFakeBroker } from './fake-broker.ts';
import { otlpItemIds } from './items.ts';

export const CREDENTIALS: { readonly username: string; readonly password: string } = {
  username: 'writer',
  password: 'top-secret-password',
};

function idsOf({ records }: Produced): string[] {
  return records.flatMap(({ value, headers }) => {
    const signal = headers['telemetryflow-signal'] as 'traces' | 'metrics' | 'logs';
    return otlpItemIds(signal, value);
  });
}

export const KAFKA_PROFILE: BackendProfile<Produced, ProduceAnswer> = {
  decode: idsOf,
  address: ({ topic, records }) => [topic, ...records.map(({ headers }) => JSON.stringify(headers))].join('\n'),
  success: () => ({ errorCode: 0 }),
  /** NOT_ENOUGH_REPLICAS. */
  transient: () => ({ errorCode: 19 }),
  /** INVALID_RECORD. */
  permanent: () => ({ errorCode: 87 }),
  /** TOPIC_AUTHORIZATION_FAILED. */
  auth: () => ({ errorCode: 29 }),
  /** MESSAGE_TOO_LARGE. */
  tooLarge: () => ({ errorCode: 10 }),
  fault: (answer, fault) => ({ ...answer, fault }),
  echo: (answer) => answer,
  start: (script, { tls }) => startFakeBroker(script, { tls, partitions: 1, sasl: CREDENTIALS, forget: true }),
};

/** The block for a broker at this URL. The client id tells the fake broker which address to advertise. */
export const kafkaBlock: ContractOptions['config'] = ({ url, caFile }) => {
  const { host, protocol } = new URL(url);
  return {
    brokers: [host],
    client_id: host,
    encoding: 'otlp_proto',
    sasl_username: CREDENTIALS.username,
    sasl_password: CREDENTIALS.password,
    tls_enabled: protocol === 'https:',
    ...(caFile !== undefined && { tls_ca_file: caFile }),
  };
};

export const NOT_APPLICABLE: NonNullable<ContractOptions['notApplicable']> = {
  partial: 'a broker takes or refuses the record batch of a partition as a whole',
  partialRetry: 'a broker takes or refuses the record batch of a partition as a whole',
  throttle: 'brokers tell their delay to the client (throttle_time_ms), which waits by itself',
};
