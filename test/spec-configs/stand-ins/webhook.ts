import type { Signal } from '@telemetryflow/otlp';
import { judgeWebhook, type WebhookRules } from '@telemetryflow/testkit';
import { readOtlpJson } from '../read-otlp.ts';
import { httpStandIn, type StandIn } from '../stand-in.ts';

const RULES: WebhookRules = {
  encoding: 'json',
  path: '/webhook',
  headers: { authorization: 'Bearer webhook-token' },
  now: Date.now,
};

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
      const { answer } = judgeWebhook(request, RULES);
      if (answer.status !== 200) return { answer, received: [] };
      const { type, data } = request.json() as { type: Signal; data: unknown };
      return { answer, received: readOtlpJson(type, data) };
    }, tls),
};

export default webhook;
