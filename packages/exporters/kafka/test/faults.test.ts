/** Broken sockets at every phase of a connection, through the real client. */
import { expect, test } from '@jest/globals';
import kafka from '@telemetryflow/exporter-kafka';
import { runFaultMatrix } from '@telemetryflow/testkit';
import { KAFKA_PROFILE, kafkaBlock, NOT_APPLICABLE } from './kafka-profile.ts';

test('survives every fault of a socket at every phase, and delivers once it is over', async () => {
  const cells = await runFaultMatrix({
    definition: kafka,
    // Starting meets most of the faults: it must end soon, and leave the rest to the first send.
    config: (endpoint) => ({ ...kafkaBlock(endpoint), connection_timeout: '1500ms' }),
    backend: KAFKA_PROFILE,
    notApplicable: NOT_APPLICABLE,
    signal: 'logs',
  });
  expect(cells).toHaveLength(32);
}, 60_000);
