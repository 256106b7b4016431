import { judgeOpmanager, OTLP_PROFILE } from '@telemetryflow/testkit';
import { readOtlpRequest } from '../read-otlp.ts';
import { httpStandIn, must, type StandIn } from '../stand-in.ts';

const KEY = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';

/** The block names OpManager, which has no API for metrics and makes alarms of errors; Site24x7 takes all. */
const manageengine: StandIn = {
  hosts: ['opmanager.example.com:8060'],
  tls: true,
  signals: [],
  summarized: ['logs'],
  refuses: ['metrics'],
  switchedOff: {
    signals: ['traces', 'metrics', 'logs'],
    block: {
      product: 'site24x7',
      otlp_endpoint: 'https://opmanager.example.com:8060',
      api_key: KEY,
      traces: true,
      flush_interval: '1s',
    },
  },
  env: { MANAGEENGINE_API_KEY: KEY },
  start: (tls) =>
    httpStandIn((request) => {
      if (request.path.startsWith('/v1/')) {
        must(request.headers['api-key'] === KEY, 'no such key');
        return { answer: OTLP_PROFILE.success(request), received: readOtlpRequest(request) };
      }
      const { answer, event } = judgeOpmanager(request, { key: KEY });
      must(event !== undefined, JSON.stringify(answer));
      must(event.eventType === 'TelemetryFlow', `an event of the type ${event.eventType}`);
      return { answer, received: [{ signal: 'logs', id: undefined, name: '', value: event.message }] };
    }, tls),
};

export default manageengine;
