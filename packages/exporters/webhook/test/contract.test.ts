import { describe, expect, test } from '@jest/globals';
import { protobufFromJson, type Signal } from '@telemetryflow/otlp';
import {
  type Answer,
  type BackendProfile,
  type ContractOptions,
  exporterContract,
  ITEM_ID,
  otlpItemIds,
  type RecordedRequest,
  runFaultMatrix,
} from '@telemetryflow/testkit';
import webhook from '../src/index.ts';

const TOKEN = 'webhook-s3cret-token';
const KEY = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3';

const answers: Omit<BackendProfile, 'decode'> = {
  success: () => ({ status: 200, body: 'ok' }),
  transient: () => ({ status: 503, body: 'not now' }),
  permanent: () => ({ status: 400, body: 'never' }),
  throttle: (_request, delayMs): Answer =>
    delayMs === 0 ? { status: 429 } : { status: 429, headers: { 'retry-after': String(delayMs / 1000) } },
  auth: () => ({ status: 401 }),
  tooLarge: () => ({ status: 413 }),
};

/** Ids in the json envelope. */
function enveloped({ body }: RecordedRequest): string[] {
  const { type, data } = JSON.parse(body.toString()) as { type: Signal; data: object };
  const ids = otlpItemIds(type, protobufFromJson(type, Buffer.from(JSON.stringify(data))));
  return ids.map((id) => id ?? 'item without id');
}

/** Ids in flat records. */
function flat({ body }: RecordedRequest): string[] {
  const lines = body.toString().split('\n');
  return lines.map((line) => {
    const { attributes } = JSON.parse(line) as { attributes?: Record<string, string> };
    return attributes?.[ITEM_ID] ?? 'item without id';
  });
}

function contract(
  encoding: string,
  decode: BackendProfile['decode'],
  block: Readonly<Record<string, unknown>> = {},
): ContractOptions {
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
    backend: { ...answers, decode },
    secrets: [TOKEN, KEY],
    notApplicable: {
      partial: 'a webhook takes or refuses a request as a whole',
      partialRetry: 'a webhook takes or refuses a request as a whole',
      oversize: 'proven with the encoders, by size of each encoding',
    },
  };
}

describe('json', () => {
  for (const { name, run } of exporterContract(contract('json', enveloped))) test(name, run);
});

describe('ndjson', () => {
  for (const { name, run } of exporterContract(contract('ndjson', flat))) test(name, run);
});

test('every socket fault in every phase ends well', async () => {
  const cells = await runFaultMatrix({
    ...contract('json', enveloped, { retry_attempts: 100, batch_size: 1 }),
    signal: 'logs',
  });
  expect(cells.length).toBeGreaterThan(20);
}, 60_000);
