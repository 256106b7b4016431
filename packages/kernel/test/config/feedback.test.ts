/** A pipeline that feeds itself is warned about: its exporter sends to where its receiver listens. */
import { expect, test } from '@jest/globals';
import {
  createPluginLookup,
  defineExporter,
  defineReceiver,
  type PluginLookup,
  type Resolution,
} from '@telemetryflow/kernel';
import { resolveText } from './fixtures.ts';

const stopped = { start: () => Promise.resolve(), stop: () => Promise.resolve() };

const text = { type: 'string', description: 'An address.' } as const;
const receiver = defineReceiver<{ at: string }>({
  type: 'in',
  description: 'Listens.',
  signals: { traces: 'stable', logs: 'stable' },
  config: { type: 'object', required: ['at'], properties: { at: text } },
  listens: ({ at }) => [{ address: at, path: ['at'] }],
  create: () => stopped,
});
const exporter = defineExporter<{ to: string; logs_to?: string }>({
  type: 'out',
  description: 'Sends.',
  signals: { traces: 'stable', logs: 'stable' },
  reads: 'records',
  config: { type: 'object', required: ['to'], properties: { to: text, logs_to: text } },
  sendsTo: ({ to, logs_to: logs }, signal) => [signal === 'logs' && logs !== undefined ? logs : to],
  create: () => ({ encode: () => [], send: () => Promise.resolve({}) }),
});
const silent = defineExporter<{ to: string }>({
  type: 'silent',
  description: 'Does not say where it sends.',
  signals: { traces: 'stable' },
  reads: 'records',
  config: { type: 'object', required: ['to'], properties: { to: text } },
  create: () => ({ encode: () => [], send: () => Promise.resolve({}) }),
});
const plugins: PluginLookup = createPluginLookup({ plugins: [receiver, exporter, silent], discover: false });

async function warnings(yaml: string): Promise<Resolution['warnings']> {
  return (await resolveText(yaml, {}, { plugins })).warnings;
}

const pair = (at: string, to: string): string => `receivers: {in: {at: "${at}"}}\nexporters: {out: {to: "${to}"}}\n`;

test('says which exporter, which signal, which address and which receiver, once, at the exporter', async () => {
  expect(await warnings(pair('127.0.0.1:4318', 'http://localhost:4318/v1/logs'))).toEqual([
    {
      code: 'TFO_WARN_CONFIG_FEEDBACK',
      severity: 'warning',
      file: 't.yaml',
      line: 2,
      column: 13,
      path: 'exporters.out',
      message:
        'exporter "out" sends traces to 127.0.0.1:4318, where receiver "in" of the same pipeline listens: they come in again, endlessly',
      hint: 'set its endpoint to that of the backend, or let the receiver listen on another port',
    },
  ]);
});

test.each([
  ['127.0.0.1:4317', 'localhost:4317'],
  ['127.0.0.1:4317', 'https://127.0.0.1:4317'],
  ['localhost:8125', 'statsd://127.0.0.1:8125'],
  ['0.0.0.0:4318', 'http://127.0.0.1:4318'],
  ['[::]:4318', 'http://[::1]:4318'],
  [':4318', 'http://localhost:4318'],
  ['[::1]:4318', 'http://[::1]:4318'],
  ['127.0.0.1:4318', 'http://0.0.0.0:4318'],
  ['10.0.0.1:4318', 'http://10.0.0.1:4318'],
  ['127.0.0.1:80', 'http://localhost'],
  ['127.0.0.1:443', 'https://localhost/v1/traces'],
])('a receiver at %s gets what goes to %s', async (at, to) => {
  expect((await warnings(pair(at, to))).map(({ code }) => code)).toEqual(['TFO_WARN_CONFIG_FEEDBACK']);
});

test.each([
  ['127.0.0.1:4318', 'http://localhost:4319'],
  ['127.0.0.1:4318', 'http://collector:4318'],
  ['0.0.0.0:4318', 'http://collector:4318'],
  ['127.0.0.1:4318', 'http://10.0.0.1:4318'],
  ['127.0.0.1:0', 'http://127.0.0.1:4318'],
  ['127.0.0.1:4318', 'unix:///run/x.sock'],
  ['127.0.0.1:4318', 'no address at all'],
])('a receiver at %s does not get what goes to %s', async (at, to) => {
  expect(await warnings(pair(at, to))).toEqual([]);
});

test('each signal has its own address', async () => {
  const one = 'receivers: {in: {at: "127.0.0.1:1"}}\nexporters: {out: {to: "http://b:1", logs_to: "127.0.0.1:1"}}\n';
  expect((await warnings(one)).map(({ message }) => message)).toEqual([expect.stringContaining('"out" sends logs to')]);
});

test('a receiver of another pipeline is no loop, and neither is an exporter that does not say where it sends', async () => {
  const two = `receivers: {in: {at: "127.0.0.1:1"}, in/b: {at: "127.0.0.1:2"}}
exporters: {out: {to: "127.0.0.1:1"}, silent: {to: "127.0.0.1:1"}}
service: {pipelines: {logs: {receivers: [in/b], exporters: [out]}, traces: {receivers: [in], exporters: [silent]}}}
`;
  expect(await warnings(two)).toEqual([]);
});
