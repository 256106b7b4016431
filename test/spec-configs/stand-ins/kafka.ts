import { hostname } from 'node:os';
import type { Signal } from '@telemetryflow/otlp';
import { fakeKafka, judgeProduce, type KafkaRules, type Produced } from '@telemetryflow/testkit';
import { readOtlpJson } from '../read-otlp.ts';
import type { Received, RunningStandIn, StandIn } from '../stand-in.ts';

const TOPICS: Readonly<Record<string, Signal>> = {
  'telemetryflow-traces': 'traces',
  'telemetryflow-metrics': 'metrics',
  'telemetryflow-logs': 'logs',
};
const SNAPPY = 2;
const RULES: KafkaRules = { topics: Object.keys(TOPICS), compacted: true, now: Date.now };

/** Why a broker does not store a request, or the block did not ask for it. */
function refusalOf(request: Produced): string | undefined {
  const code = judgeProduce(request, RULES);
  if (code !== 0) return `${request.topic}: error code ${code}`;
  if (request.codec !== SNAPPY) return `${request.topic}: codec ${request.codec}`;
  const { key } = request.records.find((record) => String(record.key) !== hostOf(record.value)) ?? {};
  return key === undefined ? undefined : `${request.topic}: the key ${key} is not the name of the host`;
}

type Grouped = Readonly<Record<string, readonly { readonly resource?: Resource }[]>>;
interface Resource {
  readonly attributes?: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
}

/** `partition_key: hostname` is the attribute of the resource, else this machine. */
function hostOf(value: Buffer): string {
  const [groups = []] = Object.values(JSON.parse(String(value)) as Grouped);
  const attribute = groups[0]?.resource?.attributes?.find(({ key }) => key === 'host.name');
  return attribute?.value.stringValue ?? hostname();
}

function read({ topic, records }: Produced): Received[] {
  const signal = TOPICS[topic];
  return signal === undefined ? [] : records.flatMap(({ value }) => readOtlpJson(signal, JSON.parse(String(value))));
}

const kafka: StandIn = {
  hosts: ['kafka:9092'],
  tls: false,
  signals: ['traces', 'metrics', 'logs'],
  async start(): Promise<RunningStandIn> {
    const broker = await fakeKafka({ errorCode: 0 }, { rules: RULES });
    return {
      port: broker.port,
      get received() {
        return broker.requests.filter((request) => refusalOf(request) === undefined).flatMap(read);
      },
      get refused() {
        return broker.requests.flatMap((request) => refusalOf(request) ?? []);
      },
      close: () => broker.close(),
    };
  },
};

export default kafka;
