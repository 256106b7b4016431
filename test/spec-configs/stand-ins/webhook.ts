import type { Signal } from '@telemetryflow/otlp';
import { readOtlpJson } from '../read-otlp.ts';
import { httpStandIn, must, type StandIn } from '../stand-in.ts';

const webhook: StandIn = {
  hosts: ['example.com:443'],
  tls: true,
  signals: ['metrics', 'logs'],
  switchedOff: {
    signals: ['traces'],
    block: {
      endpoints: [
        {
          name: 'custom-webhook',
          url: 'https://example.com/webhook',
          headers: { Authorization: 'Bearer webhook-token' },
          encoding: 'json',
          metrics: false,
          logs: false,
          traces: true,
        },
      ],
    },
  },
  env: { WEBHOOK_TOKEN: 'webhook-token' },
  start: (tls) =>
    httpStandIn((request) => {
      must(request.method === 'POST' && request.path === '/webhook', 'no such path');
      must(request.headers['authorization'] === 'Bearer webhook-token', 'no such token');
      const { type, data } = request.json() as { type: Signal; data: unknown };
      return { answer: { status: 202 }, received: readOtlpJson(type, data) };
    }, tls),
};

export default webhook;
