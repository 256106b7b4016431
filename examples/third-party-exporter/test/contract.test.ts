import { describe, test } from 'node:test';
import type { LogRecord } from '@telemetryflow/otlp';
import { type Answer, type BackendProfile, exporterContract, type RecordedRequest } from '@telemetryflow/testkit';
import acmeCloud from '../src/index.ts';

function idsIn(request: RecordedRequest): string[] {
  const lines = request.text().trimEnd().split('\n');
  return lines.map((line) => String(JSON.parse(line).attributes['item.id']));
}

/** 200, but for the lines of these items. */
function refusing(request: RecordedRequest, ids: ReadonlySet<string>, code: string): Answer {
  const rejected = idsIn(request).flatMap((id, line) => (ids.has(id) ? [{ line, code }] : []));
  return { status: 200, body: JSON.stringify({ rejected }) };
}

/** How Acme Cloud answers, by its documentation. */
const backend: BackendProfile = {
  decode: idsIn,
  success: () => ({ status: 200, body: '{"rejected":[]}' }),
  partial: (request, refused) => refusing(request, refused, 'too_many_fields'),
  partialRetry: (request, again) => refusing(request, again, 'busy'),
  transient: () => ({ status: 503 }),
  permanent: () => ({ status: 400 }),
  throttle: (_request, delayMs) => ({ status: 429, headers: { 'retry-after': String(delayMs / 1000) } }),
  auth: () => ({ status: 401 }),
  tooLarge: () => ({ status: 413 }),
};

describe('the exporter contract', () => {
  const scenarios = exporterContract({
    definition: acmeCloud,
    config: ({ url, caFile }) => ({
      endpoint: url,
      api_key: 'top-secret-key',
      ...(caFile === undefined ? {} : { tls: { ca_file: caFile } }),
    }),
    backend,
    secrets: ['top-secret-key'],
    oversize: (_signal, item) =>
      (item as readonly LogRecord[]).map((record) => ({ ...record, body: 'x'.repeat(2_000_000) })) as never,
  });
  for (const scenario of scenarios) test(scenario.name, scenario.run);
});
