import { describe, expect, test } from '@jest/globals';
import type { SpanRecord } from '@telemetryflow/otlp';
import { exporterContract, FAULT_CELLS, JAEGER_PROFILE, OTLP_PROFILE, runFaultMatrix } from '@telemetryflow/testkit';
import jaeger from '../src/index.ts';

const PASSWORD = 'jaeger-s3cret';

const thrift = {
  definition: jaeger,
  backend: JAEGER_PROFILE,
  config: ({ url, caFile }: { readonly url: string; readonly caFile: string | undefined }) => ({
    endpoint: `${url}/api/traces`,
    protocol: 'http/thrift',
    username: 'u',
    password: PASSWORD,
    ...(caFile !== undefined && { tls: { ca_file: caFile } }),
  }),
};

describe('the exporter contract for Thrift', () => {
  const scenarios = exporterContract({
    ...thrift,
    secrets: [PASSWORD],
    oversize: (_signal, items) =>
      (items as readonly SpanRecord[]).map((span) => ({
        ...span,
        attributes: { ...span.attributes, long: 'x'.repeat(4_100_000) },
      })) as never,
    notApplicable: {
      partial: 'Jaeger takes or refuses whole requests',
      partialRetry: 'Jaeger never asks for single spans again',
    },
  });
  for (const { name, run } of scenarios) test(name, run);
});

describe('the exporter contract for OTLP', () => {
  const scenarios = exporterContract({
    ...thrift,
    config: (at) => ({ ...thrift.config(at), endpoint: at.url, protocol: 'otlp/http' }),
    backend: OTLP_PROFILE,
    secrets: [PASSWORD],
    notApplicable: {
      partialRetry: 'OTLP never asks for single items again',
      oversize: 'the limit is that of every OTLP exporter, proven for otlp_http',
    },
  });
  for (const { name, run } of scenarios) test(name, run);
});

test('survives every socket fault', async () => {
  expect(await runFaultMatrix(thrift)).toHaveLength(FAULT_CELLS);
});
