import type { Signal } from '@telemetryflow/otlp';
import { type BackendOptions, type DatadogPoint, fakeDatadog } from '@telemetryflow/testkit';
import { readOtlp } from '../read-otlp.ts';
import { fakeStandIn, type Received, type RunningStandIn, type StandIn } from '../stand-in.ts';

const API_KEY = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';

function readPoint({ metric, tags, value }: DatadogPoint): Received {
  const id = tags.find((tag) => tag.startsWith('item.id:'))?.slice('item.id:'.length);
  return { signal: 'metrics', id, name: metric, value: value ?? Number.NaN };
}

const datadog: StandIn = {
  hosts: ['api.datadoghq.com:443', 'http-intake.logs.datadoghq.com:443', 'otlp.datadoghq.com:443'],
  tls: true,
  signals: ['metrics', 'logs'],
  switchedOff: {
    signals: ['traces'],
    block: {
      api_key: API_KEY,
      site: 'us1',
      metrics: { enabled: false },
      logs: { enabled: false },
      apm: { enabled: true },
    },
  },
  env: { DATADOG_API_KEY: API_KEY },
  async start(tls): Promise<RunningStandIn> {
    const start = (options: BackendOptions) => fakeDatadog(Date.now, API_KEY, options);
    const { fake: intake, ...standIn } = await fakeStandIn(start, () => [], tls);
    return {
      ...standIn,
      get received() {
        return [
          ...intake.points.map(readPoint),
          ...intake.logs.map((log): Received => {
            return { signal: 'logs', id: String(log['item.id']), name: '', value: String(log['message']) };
          }),
          ...intake.otlp.flatMap(({ path, body }) => readOtlp(path.slice('/v1/'.length) as Signal, body)),
        ];
      },
    };
  },
};

export default datadog;
