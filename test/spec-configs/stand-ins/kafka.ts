import type { Signal } from '@telemetryflow/otlp';
import { fakeKafka } from '@telemetryflow/testkit';
import { readOtlpJson } from '../read-otlp.ts';
import type { RunningStandIn, StandIn } from '../stand-in.ts';

const TOPICS: Readonly<Record<string, Signal>> = {
  'telemetryflow-traces': 'traces',
  'telemetryflow-metrics': 'metrics',
  'telemetryflow-logs': 'logs',
};

const kafka: StandIn = {
  hosts: ['kafka:9092'],
  tls: false,
  signals: ['traces', 'metrics', 'logs'],
  async start(): Promise<RunningStandIn> {
    const broker = await fakeKafka();
    return {
      port: broker.port,
      get received() {
        return broker.requests.flatMap(({ topic, records }) => {
          const signal = TOPICS[topic];
          if (signal === undefined) throw new Error(`a record in the topic ${topic}`);
          return records.flatMap(({ value }) => readOtlpJson(signal, JSON.parse(String(value))));
        });
      },
      close: () => broker.close(),
    };
  },
};

export default kafka;
