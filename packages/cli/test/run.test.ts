import { afterAll, expect, test } from '@jest/globals';
import { run } from '../src/commands/run.ts';
import { folder } from './command.ts';

const files = folder();
afterAll(() => files.remove());

const CONFIG = 'receivers: { otlp: { protocols: { http: { endpoint: "127.0.0.1:0" } } } }\nexporters: { debug: {} }\n';

async function stopped(yaml: string, logFormat: 'text' | 'json'): Promise<{ code: number; out: string; err: string }> {
  const stop = new AbortController();
  let out = '';
  let err = '';
  const options = { files: [files.file('telemetry.yaml', yaml)], logFormat, stop: stop.signal };
  const code = await run(options, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
      if (text.includes('Running.')) stop.abort();
    },
  });
  return { code, out, err };
}

test('runs until it is asked to stop, says so in lines, and ends with 0', async () => {
  const { code, out, err } = await stopped(CONFIG, 'text');
  expect({ code, out }).toEqual({ code: 0, out: '' });
  expect(err).toMatch(/^\d\d:\d\d:\d\d info +Running\. pipelines=/m);
  expect(err).toMatch(/info +Stopping: delivering what is queued\./);
  expect(err).toMatch(/info +Stopped; everything that was accepted is settled\. delivered=0$/m);
});

test('--log-format json writes one object per line', async () => {
  const { code, err } = await stopped(CONFIG, 'json');
  const entries = err
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(code).toBe(0);
  expect(entries.map(({ msg }) => msg)).toEqual(expect.arrayContaining([expect.stringMatching(/^Stopped;/)]));
  for (const entry of entries) expect(entry).toMatchObject({ level: expect.any(Number), time: expect.any(Number) });
});

test('serves its own metrics where the configuration names an address, and warns where the port is taken', async () => {
  const { createServer } = await import('node:net');
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  const { port } = holder.address() as { port: number };
  try {
    const service = `service: { telemetry: { metrics: { level: normal, address: "127.0.0.1:${port}" } } }\n`;
    const { code, err } = await stopped(CONFIG + service, 'text');
    expect(code).toBe(0);
    expect(err).toMatch(new RegExp(`warn +Own metrics are not served on 127\\.0\\.0\\.1:${port}: .*metrics\\.address`));
  } finally {
    await new Promise((resolve) => holder.close(resolve));
  }
});
