/** The contract over a transport without answers: what is left of it is what becomes of data, and the end. */
import { describe, test } from '@jest/globals';
import { exporterContract, SYSLOG_PROFILE } from '@telemetryflow/testkit';
import manageengine from '../src/index.ts';
import { naming } from './alarms.ts';

describe('the exporter contract: OpManager, syslog', () => {
  const unanswered = 'a datagram has no answer';
  const scenarios = exporterContract<Buffer, undefined>({
    definition: naming(manageengine),
    backend: SYSLOG_PROFILE,
    signals: ['logs'],
    config: ({ url }) => ({ api_key: 'K', metrics: false, logs_mode: 'syslog', syslog_endpoint: url }),
    // One per record.
    requestsPerSend: 256,
    notApplicable: {
      answers: unanswered,
      auth: unanswered,
      faults: unanswered,
      partial: unanswered,
      partialRetry: unanswered,
      throttle: unanswered,
      tooLarge: unanswered,
      oversize: 'messages are cut',
      secrets: 'no key is sent with a datagram',
      tls: 'UDP has no TLS',
    },
  });
  for (const { name, run } of scenarios) test(name, run);
});
