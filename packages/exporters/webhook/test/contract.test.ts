import { describe, expect, test } from '@jest/globals';
import {
  type ContractOptions,
  exporterContract,
  FAULT_CELLS,
  runFaultMatrix,
  type WebhookEncoding,
  webhookProfile,
} from '@telemetryflow/testkit';
import webhook from '../src/index.ts';

const TOKEN = 'webhook-s3cret-token';
const KEY = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3';

function contract(encoding: WebhookEncoding, block: Readonly<Record<string, unknown>> = {}): ContractOptions {
  return {
    definition: webhook,
    config: ({ url, caFile }) => ({
      url: `${url}/in`,
      encoding,
      traces: true,
      secret: KEY,
      headers: { 'X-Api-Key': TOKEN },
      flush_interval: '1s',
      batch_size: 1000,
      ...(caFile !== undefined && { tls: { ca_file: caFile } }),
      ...block,
    }),
    backend: webhookProfile({ encoding, path: '/in', secret: KEY, headers: { 'x-api-key': TOKEN } }),
    secrets: [TOKEN, KEY],
    notApplicable: {
      partial: 'a webhook takes or refuses a request as a whole',
      partialRetry: 'a webhook takes or refuses a request as a whole',
      oversize: 'proven with the encoders, by size of each encoding',
      page: 'what the receiver of a webhook says with a 2xx is up to its author',
    },
  };
}

describe.each(['json', 'ndjson', 'cloudevents'] as const)('the exporter contract in %s', (encoding) => {
  for (const { name, run } of exporterContract(contract(encoding))) test(name, run);
});

test('every socket fault in every phase ends well', async () => {
  const options = contract('json', { retry_attempts: 100, batch_size: 1 });
  expect(await runFaultMatrix({ ...options, signal: 'logs' })).toHaveLength(FAULT_CELLS);
});
