import { describe, expect, test } from '@jest/globals';
import {
  type ContractOptions,
  DYNATRACE_PROFILE,
  exporterContract,
  FAULT_CELLS,
  runFaultMatrix,
} from '@telemetryflow/testkit';
import dynatrace from '../src/index.ts';

const TOKEN = 'dt0c01.ST2EY72KQINMH574WMNVI7YN.G3DFPBEJYMODIDAEX454M7YWBUVEFOWKPRVMWFASS64NFH52PX6BNDVFFM572RZM';

const shared = {
  definition: dynatrace,
  config: ({ url, caFile }: { readonly url: string; readonly caFile: string | undefined }) => ({
    environment_url: url,
    api_token: TOKEN,
    ...(caFile !== undefined && { tls: { ca_file: caFile } }),
  }),
  backend: DYNATRACE_PROFILE,
  secrets: [TOKEN],
};

const { partial: _partial, ...withoutPartial } = DYNATRACE_PROFILE;

const cases: readonly (readonly [string, ContractOptions])[] = [
  [
    'metric lines',
    {
      ...shared,
      signals: ['metrics'],
      notApplicable: {
        partialRetry: 'Dynatrace never asks for single lines again',
        oversize: 'fifty cut dimensions make 18 kB at most: no line exceeds a limit',
      },
    },
  ],
  [
    'the log ingest API',
    {
      ...shared,
      backend: withoutPartial,
      signals: ['logs'],
      notApplicable: {
        partial: 'the answer to partly refused logs is a text that does not say how many',
        partialRetry: 'Dynatrace never asks for single records again',
        oversize: 'the content of a record is cut: encode-logs.test.ts',
      },
    },
  ],
  [
    'OTLP',
    {
      ...shared,
      config: (at) => ({ ...shared.config(at), metrics_protocol: 'otlp', logs_protocol: 'otlp' }),
      notApplicable: {
        partialRetry: 'OTLP never asks for single items again',
        oversize: 'the limit is that of every OTLP exporter, proven for otlp_http',
      },
    },
  ],
];

describe.each(cases)('%s', (_name, options) => {
  for (const { name, run } of exporterContract(options)) test(name, run);
});

test.each(cases)('%s: every socket fault in every phase ends well', async (_name, options) => {
  const [signal = 'traces'] = options.signals ?? [];
  expect(await runFaultMatrix({ ...options, signal, notApplicable: {} })).toHaveLength(FAULT_CELLS);
});
