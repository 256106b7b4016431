import { expect, test } from '@jest/globals';
import { type ConfiguredPipeline, defineReceiver, type PluginLookup, type Resolution } from '@telemetryflow/kernel';
import { definitions, lookup } from './definitions.ts';
import { places, refused, resolveText } from './fixtures.ts';

const COMPONENTS = `receivers:
  otlp: {}
  host_metrics: {}
processors:
  batch: {}
exporters:
  debug: {}
  loki: {endpoint: "http://a"}
  webhook: {endpoints: [{name: a, url: "http://a"}, {name: b, url: "http://b", traces: false}]}
connectors:
  forward: {}
  forward/two: {}
`;

function pipelines({ config }: Resolution): Readonly<Record<string, readonly (readonly string[])[]>> {
  const parts = (each: ConfiguredPipeline): readonly (readonly string[])[] => [
    each.receivers,
    each.processors,
    each.exporters,
  ];
  return Object.fromEntries(config.pipelines.map((each) => [each.id, parts(each)]));
}

/** Resolves the components above with these pipelines. */
function withPipelines(yaml: string): string {
  return `${COMPONENTS}service:\n  pipelines:\n${yaml.replaceAll(/^/gm, '    ')}\n`;
}

test('without service.pipelines every exporter gets every signal it supports and leaves on', async () => {
  const text = COMPONENTS.slice(0, COMPONENTS.indexOf('connectors:'));
  expect(pipelines(await resolveText(text))).toEqual({
    traces: [['otlp'], ['batch'], ['debug', 'webhook/a']],
    metrics: [['otlp', 'host_metrics'], ['batch'], ['debug', 'webhook/a', 'webhook/b']],
    logs: [['otlp'], ['batch'], ['debug', 'loki', 'webhook/a', 'webhook/b']],
  });
});

test('a signal that every exporter turns off has no pipeline', async () => {
  const resolution = await resolveText('exporters: {debug: {traces: false, logs: {enabled: false}}}');
  expect(Object.keys(pipelines(resolution))).toEqual(['metrics']);
});

test('an id that stands for several instances is replaced by them', async () => {
  const written =
    'metrics: {receivers: [otlp], exporters: [webhook]}\ntraces: {receivers: [otlp], exporters: [webhook]}';
  expect(pipelines(await resolveText(withPipelines(written)))).toEqual({
    metrics: [['otlp'], [], ['webhook/a', 'webhook/b']],
    traces: [['otlp'], [], ['webhook/a']],
  });
});

test.each([
  [
    'a signal the exporter does not support',
    'traces: {receivers: [otlp], exporters: [loki]}',
    'exporter "loki" does not support traces; it supports logs; remove it from pipeline "traces"',
  ],
  [
    'a signal the receiver does not support',
    'logs: {receivers: [host_metrics], exporters: [debug]}',
    'receiver "host_metrics" does not support logs; it supports metrics',
  ],
  [
    'an unknown exporter with a near name',
    'logs: {receivers: [otlp], exporters: [debg]}',
    'exporter "debg" is not configured; did you mean "debug"?',
  ],
  [
    'an unknown processor',
    'logs: {receivers: [otlp], processors: [sampler], exporters: [debug]}',
    'processor "sampler" is not configured; add "sampler" under processors, or remove it here',
  ],
  ['an id listed twice', 'logs: {receivers: [otlp, otlp], exporters: [debug]}', '"otlp" is listed twice'],
  ['a pipeline without exporters', 'logs: {receivers: [otlp]}', 'pipeline "logs" has no exporters'],
  ['a pipeline without receivers', 'logs: {exporters: [debug]}', 'pipeline "logs" has no receivers'],
  ['an unknown signal', 'profiles: {receivers: [otlp], exporters: [debug]}', '"profiles" is not a pipeline id'],
  [
    'a cycle',
    'traces/a: {receivers: [otlp, forward/two], exporters: [forward]}\n' +
      'traces/b: {receivers: [forward], exporters: [forward/two, debug]}',
    'the pipelines form a cycle: traces/a -(forward)-> traces/b -(forward/two)-> traces/a; remove one of these',
  ],
  [
    'a pipeline that feeds itself',
    'traces: {receivers: [otlp, forward], exporters: [forward, debug]}',
    'the pipelines form a cycle: traces -(forward)-> traces',
  ],
  [
    'a connector that nothing takes from',
    'traces: {receivers: [otlp], exporters: [forward, debug]}',
    'connector "forward" is used only as exporter; name it also under receivers of another pipeline',
  ],
  [
    'a connector between signals it cannot join',
    'traces: {receivers: [otlp], exporters: [forward]}\nmetrics: {receivers: [forward], exporters: [debug]}',
    'connector "forward" cannot turn traces into metrics; it supports traces to traces, logs to logs',
  ],
])('%s is refused', async (_name, written, expected) => {
  const error = await refused(withPipelines(written));
  expect(error.problems).toHaveLength(1);
  expect(error.message).toContain(expected);
  expect(error.problems[0]?.line).toBeGreaterThan(14);
});

test('connectors join pipelines of signals they support', async () => {
  const written =
    'traces/in: {receivers: [otlp], exporters: [forward]}\ntraces/out: {receivers: [forward], exporters: [debug]}';
  expect(Object.keys(pipelines(await resolveText(withPipelines(written))))).toEqual(['traces/in', 'traces/out']);
});

test('a pipeline that feeds a switched-off exporter is refused: the configuration contradicts itself', async () => {
  const error = await refused(`receivers: {otlp: {}}
exporters: {debug: {logs: false}}
service: {pipelines: {logs: {receivers: [otlp], exporters: [debug]}}}
`);
  expect(places(error)).toEqual(['3:61 TFO_ERR_CONFIG_SIGNAL_OFF']);
});

test('disabled exporters leave their pipelines, and a pipeline without others goes with what only fed it', async () => {
  const { config, warnings } = await resolveText(`receivers: {otlp: {}}
exporters: {debug: {}, loki: {enabled: false}}
connectors: {forward: {}}
service:
  pipelines:
    logs: {receivers: [otlp], exporters: [debug, forward]}
    logs/far: {receivers: [forward], exporters: [loki]}
`);
  expect(pipelines({ config } as Resolution)).toEqual({ logs: [['otlp'], [], ['debug']] });
  expect(warnings.map((each) => each.code)).toContain('TFO_WARN_CONFIG_DISABLED');
});

test('a configuration whose exporters are all disabled is accepted with a warning', async () => {
  const { config, warnings } = await resolveText('exporters: {loki: {enabled: false}}');
  expect(config.pipelines).toEqual([]);
  expect(warnings.map((each) => each.code)).toEqual(['TFO_WARN_CONFIG_NOTHING']);
});

test('components that no pipeline names are warned about', async () => {
  const { warnings } = await resolveText(withPipelines('logs: {receivers: [otlp], exporters: [debug]}'));
  expect(warnings.map((each) => each.message)).toEqual([
    'receiver "host_metrics" is in no pipeline and will not run',
    'processor "batch" is in no pipeline and will not run',
    'exporter "loki" is in no pipeline and will not run',
    'exporter "webhook" is in no pipeline and will not run',
    'connector "forward" is in no pipeline and will not run',
    'connector "forward/two" is in no pipeline and will not run',
  ]);
});

test('connectors without pipelines are refused', async () => {
  expect(places(await refused('exporters: {debug: {}}\nconnectors: {forward: {}}\n'))).toEqual([
    '2:14 TFO_ERR_CONFIG_CONNECTOR_PIPELINES',
  ]);
});

test('a pipeline that code feeds needs no receivers', async () => {
  const { config } = await resolveText('exporters: {debug: {}}\nservice: {pipelines: {logs: {exporters: [debug]}}}');
  expect(config.pipelines).toMatchObject([{ id: 'logs', receivers: [] }]);
});

test('the agent adds the default receivers that some pipeline can use, and says so', async () => {
  const agentDefaults = { receivers: { otlp: {}, host_metrics: { collection_interval: '5s' } } };
  const logs = await resolveText('exporters: {loki: {endpoint: "http://a"}}', {}, { agentDefaults });
  expect(pipelines(logs)).toEqual({ logs: [['otlp'], [], ['loki']] });
  expect([...logs.config.receivers.keys()]).toEqual(['otlp']);
  expect(logs.warnings.map((each) => each.message)).toEqual(['no receivers are configured; using the defaults: otlp']);

  const written = 'exporters: {debug: {}}\nservice: {pipelines: {metrics: {exporters: [debug]}}}';
  const metrics = await resolveText(written, {}, { agentDefaults });
  expect(pipelines(metrics)).toEqual({ metrics: [['otlp', 'host_metrics'], [], ['debug']] });
});

test('the agent refuses a pipeline without receivers where the configuration has some: nothing would ever feed it', async () => {
  const agentDefaults = { receivers: { otlp: {} } };
  const written = `receivers: {otlp: {}}
exporters: {debug: {}}
service: {pipelines: {logs: {exporters: [debug]}, traces: {receivers: [otlp], exporters: [debug]}}}
`;
  const error = await refused(written, {}, { agentDefaults });
  expect(error.message).toMatch(/t\.yaml:3:23 service\.pipelines\.logs.*TFO_ERR_CONFIG_NO_RECEIVER/);
});

test('extensions run in the order of service.extensions, or all of them', async () => {
  const extensions =
    'extensions: {health_check/b: {endpoint: "127.0.0.1:1"}, health_check: {}}\nexporters: {debug: {}}\n';
  expect((await resolveText(extensions)).config.serviceExtensions).toEqual(['health_check/b', 'health_check']);
  const one = await resolveText(`${extensions}service: {extensions: [health_check]}`);
  expect(one.config.serviceExtensions).toEqual(['health_check']);
  expect((await refused(`${extensions}service: {extensions: [health_chek]}`)).message).toContain(
    'extension "health_chek" is not configured; did you mean "health_check"?',
  );
});

test.each([
  ['two receivers', 'receivers: {otlp: {protocols: {http: }}, otlp/b: {protocols: {http: }}}', '127.0.0.1:4318'],
  ['two protocols', 'receivers: {otlp: {protocols: {http: , grpc: {endpoint: "localhost:4318"}}}}', '127.0.0.1:4318'],
  ['a wildcard', 'receivers: {otlp: {protocols: {http: , grpc: {endpoint: "0.0.0.0:4318"}}}}', '127.0.0.1:4318'],
  [
    'an extension',
    'receivers: {otlp: {protocols: {http: {endpoint: ":13133"}}}}\nextensions: {health_check: }',
    '13133',
  ],
  [
    'own metrics',
    'receivers: {otlp: {protocols: {http: }}}\nservice: {telemetry: {metrics: {address: "127.0.0.1:4318"}}}',
    '127.0.0.1:4318',
  ],
])('a port that is used twice is refused: %s', async (_name, text, address) => {
  const error = await refused(`exporters: {debug: {}}\n${text}\n`);
  expect(error.problems).toMatchObject([{ code: 'TFO_ERR_CONFIG_PORT' }]);
  expect(error.message).toContain(address);
});

test('port 0, other ports and other addresses do not clash', async () => {
  const text = `exporters: {debug: {}}
receivers:
  otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}, grpc: {endpoint: "127.0.0.1:0"}}}
  otlp/a: {protocols: {http: {endpoint: "127.0.0.1:4318"}}}
  otlp/b: {protocols: {http: {endpoint: "127.0.0.2:4318"}}}
`;
  expect((await resolveText(text)).warnings).toEqual([]);
});

test('an unknown component names the nearest one and what to install', async () => {
  const error = await refused('exporters:\n  lokki: {}\n');
  expect(error.message).toContain(
    't.yaml:2:3 exporters.lokki: no exporter "lokki" is installed; did you mean "loki"? ' +
      'Otherwise: npm install @telemetryflow/exporter-lokki',
  );
});

test('a component whose package is known but cannot be used is not told to be named like itself', async () => {
  const plugins: PluginLookup = {
    find: () => Promise.resolve({ problem: 'the package exports nothing', hint: 'reinstall it' }),
    known: () => ['loki', 'loka'],
  };
  const error = await refused('exporters: {loki: {}}', {}, { plugins });
  expect(error.problems[0]).toMatchObject({ message: 'the package exports nothing', hint: 'reinstall it' });
});

test('a package that fails inside its own rules is named, with all other problems', async () => {
  const broken = defineReceiver<object>({
    type: 'broken',
    description: 'Fails.',
    signals: { logs: 'beta' },
    config: { type: 'object', properties: {} },
    listens: () => {
      throw new Error('no address');
    },
    create: () => ({ start: () => Promise.resolve(), stop: () => Promise.resolve() }),
  });
  const failing = { ...defineReceiver<object>({ ...broken, type: 'failing' }), check: () => fail('no rule') };
  const plugins = lookup([...definitions, broken, failing]);
  const error = await refused('exporters: {debug: {}}\nreceivers:\n  broken: {}\n  failing: {}\n', {}, { plugins });
  expect(places(error)).toEqual(['3:3 TFO_ERR_CONFIG_CHECK_FAILED', '4:3 TFO_ERR_CONFIG_CHECK_FAILED']);
});

function fail(message: string): never {
  throw new Error(message);
}

test.each(['1loki', 'lo-ki', 'loki/', 'loki/a b', ''])('"%s" is no component id', async (id) => {
  expect(places(await refused(`exporters:\n  "${id}": {}\n`))).toEqual(['2:3 TFO_ERR_CONFIG_ID']);
});
