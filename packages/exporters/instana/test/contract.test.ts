import { describe, expect, test } from '@jest/globals';
import type { RecordOf, Signal, SpanRecord } from '@telemetryflow/otlp';
import {
  type ContractOptions,
  exporterContract,
  FAULT_CELLS,
  INSTANA_EVENTS_PROFILE,
  INSTANA_OTLP_PROFILE,
  INSTANA_PROFILE,
  runFaultMatrix,
} from '@telemetryflow/testkit';
import instana from '../src/index.ts';
import { aboutProcesses } from './processes.ts';

const KEY = 'agent-key-0123456789';

type At = Parameters<ContractOptions['config']>[0];
const tls = ({ caFile }: At) => (caFile === undefined ? {} : { tls: { ca_file: caFile } });

/** A span of many tags: cut to 8 kB each they still are too much. */
function oversize<S extends Signal>(_signal: S, records: readonly RecordOf[S][]): readonly RecordOf[S][] {
  const wide = Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`a${i}`, 'x'.repeat(9000)]));
  return (records as readonly unknown[] as readonly SpanRecord[]).map((span) => ({
    ...span,
    attributes: { ...span.attributes, ...wide },
  })) as readonly unknown[] as readonly RecordOf[S][];
}

const cases: readonly (readonly [string, ContractOptions])[] = [
  [
    "spans in Instana's own format",
    {
      definition: instana,
      config: (at) => ({ endpoint_url: at.url, agent_key: KEY, protocol: 'native', ...tls(at) }),
      backend: INSTANA_PROFILE,
      signals: ['traces'],
      secrets: [KEY],
      oversize,
      notApplicable: {
        partial: 'the acceptor takes all spans of a request, or none',
        partialRetry: 'the acceptor takes all spans of a request, or none',
      },
    },
  ],
  [
    'snapshots of processes',
    {
      definition: aboutProcesses(instana),
      config: (at) => ({ endpoint_url: at.url, agent_key: KEY, metrics_format: 'plugins', logs: false, ...tls(at) }),
      backend: INSTANA_PROFILE,
      signals: ['metrics'],
      secrets: [KEY],
      notApplicable: {
        partial: 'the acceptor takes all snapshots of a request, or none',
        partialRetry: 'the acceptor takes all snapshots of a request, or none',
        oversize: 'a snapshot is one number; only the command line of its process could be large',
      },
    },
  ],
  [
    'events of a host agent',
    {
      definition: instana,
      config: (at) => ({
        logs_mode: 'events',
        agent_url: at.url,
        agent_key: KEY,
        events_min_severity: 'TRACE',
        events_per_second: 100_000,
        traces: false,
        metrics: false,
        ...tls(at),
      }),
      backend: INSTANA_EVENTS_PROFILE,
      signals: ['logs'],
      secrets: [KEY],
      notApplicable: {
        auth: 'a host agent asks for no key',
        partial: 'an event is a request of its own',
        partialRetry: 'an event is a request of its own',
        oversize: 'titles and texts are cut',
      },
    },
  ],
  [
    'OTLP',
    {
      definition: instana,
      config: (at) => ({ otlp_endpoint: at.url, agent_key: KEY, ...tls(at) }),
      backend: INSTANA_OTLP_PROFILE,
      secrets: [KEY],
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
  const [signal = 'logs'] = options.signals ?? [];
  expect(await runFaultMatrix({ ...options, signal, notApplicable: {} })).toHaveLength(FAULT_CELLS);
});
