/** The processor in a pipeline: what stays, what is counted, on both faces of a batch. */
import { describe, expect, test } from '@jest/globals';
import {
  batchFromOtlp,
  createPluginLookup,
  defineExporter,
  delivered,
  type PipelineInput,
  resolveConfig,
} from '@telemetryflow/kernel';
import { DOUBLES, encode, type LogRecord, type Signal, type SpanRecord } from '@telemetryflow/otlp';
import { deepFreeze, itemIds, logs, metrics, recordsOf, spans, throughProcessor } from '@telemetryflow/testkit';
import filter from '../src/index.ts';

const NOTHING = defineExporter({
  type: 'nothing',
  description: 'Takes everything.',
  signals: { traces: 'stable', metrics: 'stable', logs: 'stable' },
  reads: 'records',
  config: { type: 'object', properties: {} },
  create: () => ({ *encode() {}, send: async () => delivered() }),
});

const faces = ['records', 'bytes'] as const;

function input(face: (typeof faces)[number], signal: Signal, records: readonly unknown[]): PipelineInput {
  const frozen = deepFreeze(records) as never;
  return face === 'records' ? ({ signal, records: frozen } as PipelineInput) : { signal, otlp: encode(signal, frozen) };
}

describe.each(faces)('given %s', (face) => {
  test('spans that match any condition are dropped and counted', async () => {
    const data = spans(30);
    const conditions = ['kind == SPAN_KIND_SERVER', 'status.code == STATUS_CODE_ERROR'];
    const out = await throughProcessor(filter, { traces: { span: conditions } }, [input(face, 'traces', data)]);
    const kept = data.filter((span) => span.kind !== 1 && span.status.code !== 2);
    expect(itemIds(out.records.traces)).toEqual(itemIds(kept));
    expect(out.dropped).toEqual({ filtered: 30 - kept.length });
  });

  test('log records are dropped by severity', async () => {
    const data = logs(30);
    const config = { logs: { log_record: ['severity_number < SEVERITY_NUMBER_WARN'] } };
    const out = await throughProcessor(filter, config, [input(face, 'logs', data)]);
    const kept = data.filter((log) => (log.severityNumber ?? 0) >= 13);
    expect(itemIds(out.records.logs)).toEqual(itemIds(kept));
  });

  test('metrics go with all their points, points alone', async () => {
    const data = metrics(60);
    const config = {
      metrics: {
        metric: ['type == METRIC_DATA_TYPE_SUMMARY'],
        datapoint: ['IsMatch(attributes["item.id"], "[13579]$")'],
      },
    };
    const out = await throughProcessor(filter, config, [input(face, 'metrics', data)]);
    const names = out.records.metrics.flatMap((m) =>
      m.scopeMetrics.flatMap((s) => s.metrics.map((x) => x.dataPointType)),
    );
    expect(names).not.toContain(4);
    const ids = itemIds(out.records.metrics);
    expect(ids.some((id) => /[13579]$/.test(id))).toBe(false);
    expect(ids.length + (out.dropped['filtered'] ?? 0)).toBe(60);
  });

  test('span events that match go, their spans stay with everything else', async () => {
    const data = spans(12);
    const config = { traces: { span: ['name == "operation 7"'], spanevent: ['name == "exception"'] } };
    const out = await throughProcessor(filter, config, [input(face, 'traces', data)]);
    expect(out.dropped).toEqual({ filtered: data.filter(({ name }) => name === 'operation 7').length });
    const wanted = data
      .filter(({ name }) => name !== 'operation 7')
      .map((span): SpanRecord => ({ ...span, events: span.events.filter(({ name }) => name !== 'exception') }));
    expect(Buffer.concat(out.otlp.traces)).toEqual(Buffer.from(encode('traces', wanted)));
  });

  test('everything dropped leaves nothing, nothing dropped leaves everything', async () => {
    const none = await throughProcessor(filter, { logs: { log_record: ['true'] } }, [input(face, 'logs', logs(5))]);
    expect([none.records.logs.length, none.dropped]).toEqual([0, { filtered: 5 }]);
    const all = await throughProcessor(filter, { logs: { log_record: ['false'] } }, [input(face, 'logs', logs(5))]);
    expect([all.records.logs.length, all.dropped]).toEqual([5, {}]);
  });

  test('a condition on the resource drops what belongs to it', async () => {
    const noisy = { attributes: { 'service.name': 'probe' } };
    for (const signal of ['traces', 'metrics', 'logs'] as const) {
      const data = [
        ...recordsOf(signal, 6),
        ...recordsOf(signal, 4, { from: 6, resource: noisy }),
        ...recordsOf(signal, 2, { from: 10 }),
      ];
      const list = { traces: 'span', metrics: 'datapoint', logs: 'log_record' }[signal];
      const config = { [signal]: { [list]: ['resource.attributes["service.name"] == "probe"'] } };
      const out = await throughProcessor(filter, config, [input(face, signal, data)]);
      const ids = itemIds(data);
      const kept = new Set(itemIds([...recordsOf(signal, 6), ...recordsOf(signal, 2, { from: 10 })]));
      expect(itemIds(out.records[signal])).toEqual(ids.filter((id) => kept.has(id)));
      expect(out.dropped).toEqual({ filtered: 4 });
    }
  });

  test('integral doubles are still doubles behind it', async () => {
    const [log] = logs(1, { variety: 'plain' });
    const data = [{ ...(log as LogRecord), attributes: { ratio: 1, [DOUBLES]: new Set(['ratio']) } }];
    const config = { logs: { log_record: ['IsInt(attributes["ratio"])'] } };
    const out = await throughProcessor(filter, config, [input(face, 'logs', data)]);
    expect(out.records.logs[0]?.attributes[DOUBLES]?.has('ratio')).toBe(true);
  });
});

describe('a condition that cannot be evaluated', () => {
  const conditions = ['HasPrefix(attributes["n"], "x")', 'attributes["n"] == 2'];
  const data = deepFreeze([1, 2, 3].map((n): LogRecord => ({ ...(logs(1)[0] as LogRecord), attributes: { n } })));
  const run = (error_mode: string) =>
    throughProcessor(filter, { error_mode, logs: { log_record: conditions } }, [
      { signal: 'logs', records: data },
      { signal: 'logs', records: data },
    ]);

  test('is passed over with error_mode ignore, and logged once', async () => {
    const out = await run('ignore');
    expect(out.dropped).toEqual({ filtered: 2 });
    expect(out.log.filter((line) => line.includes('cannot be evaluated'))).toHaveLength(1);
  });

  test('is passed over without a line with error_mode silent', async () => {
    const out = await run('silent');
    expect(out.dropped).toEqual({ filtered: 2 });
    expect(out.log.filter((line) => line.includes('cannot be evaluated'))).toEqual([]);
  });

  test('costs its batch with error_mode propagate, counted as invalid, and logged once', async () => {
    const out = await run('propagate');
    expect(out.dropped).toEqual({ invalid: 6 });
    expect(out.log.filter((line) => line.startsWith('error') && line.includes('cannot be evaluated'))).toHaveLength(1);
  });
});

test('the items of a batch of bytes are not decoded for conditions on the resource', () => {
  const context = {
    dataSignal: 'traces',
    logger: { error() {}, warn() {}, info() {}, debug() {} },
    meter: { createCounter: () => ({ add() {} }) },
  } as never;
  const config = { error_mode: 'propagate', traces: { span: ['resource.attributes["a"] == 1'], spanevent: [] } };
  const batch = batchFromOtlp('traces', encode('traces', spans(5)));
  const out = filter.create(config, context).process(batch, { drop() {} });
  expect(out).toBe(batch);
  expect(batch.hasRecords).toBe(false);
});

describe('the configuration', () => {
  const resolve = (config: unknown) =>
    resolveConfig(
      [{ object: { processors: { filter: config }, exporters: { nothing: {} } } as never, substitute: false }],
      {
        plugins: createPluginLookup({ plugins: [filter, NOTHING] }),
      },
    );

  test('as users of the Collector write it is accepted', async () => {
    await expect(
      resolve({
        error_mode: 'ignore',
        traces: {
          span: [
            'attributes["container.name"] == "app_container_1"',
            'resource.attributes["host.name"] == "localhost"',
          ],
          spanevent: ['attributes["grpc"] == true', 'IsMatch(name, ".*grpc.*")'],
        },
        metrics: {
          metric: [
            'name == "my.metric" and resource.attributes["my_label"] == "abc123"',
            'type == METRIC_DATA_TYPE_HISTOGRAM',
          ],
          datapoint: [
            'metric.type == METRIC_DATA_TYPE_SUMMARY',
            'resource.attributes["service.name"] == "my_service_name"',
          ],
        },
        logs: { log_record: ['IsMatch(body, ".*password.*")', 'severity_number < SEVERITY_NUMBER_WARN'] },
      }),
    ).resolves.toBeDefined();
  });

  test('with faults names every condition, with column and hint', async () => {
    const faulty = { traces: { span: ['nam == "x"'] }, logs: { log_record: ['true', 'Len(body'] } };
    const error: Error = await resolve(faulty).then(
      () => new Error('accepted'),
      (thrown) => thrown,
    );
    expect(error.message).toMatch(/traces\.span\[0\].*column 1 of the condition: nam is not a path/);
    expect(error.message).toMatch(/did you mean "name"/);
    expect(error.message).toMatch(/logs\.log_record\[1\].*column 9 of the condition: the condition ends too early/);
  });

  test('without a condition is refused', async () => {
    await expect(resolve({})).rejects.toThrow(/no condition is given/);
  });
});
