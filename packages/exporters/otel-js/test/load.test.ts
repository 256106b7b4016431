/** Which module and class a block names, and what is said when they are not there. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import otelJs from '@telemetryflow/exporter-otel-js';
import { createPipeline } from '@telemetryflow/kernel';
import { recordsOf } from '@telemetryflow/testkit';
import { locate } from '../src/load.ts';
import type { ExportResult } from '../src/sdk.ts';

const MODULE = join(import.meta.dirname, 'modules/kept.mjs');

interface Kept {
  readonly exported: unknown[];
  readonly options: unknown[];
  readonly results: (ExportResult | undefined)[];
  readonly shutdowns: number;
}
const { kept } = (await import(MODULE)) as { readonly kept: Kept };

beforeEach(() => {
  Object.assign(kept, { exported: [], options: [], results: [{ code: 0 }], shutdowns: 0 });
});

function pipelineWith(block: Record<string, unknown>) {
  const silent = (): void => {};
  const logger = { error: silent, warn: silent, info: silent, debug: silent };
  const config = { exporters: { otel_js: { module: MODULE, signal: 'logs', ...block } } };
  return createPipeline(config, { plugins: [otelJs], logger });
}

test('a file and a class: constructed with the options, fed, shut down', async () => {
  const pipeline = await pipelineWith({
    export: 'KeepingExporter',
    options: { url: 'x', headers: { a: '1' } },
    headers: { b: '2' },
  });
  await pipeline.start();
  await pipeline.consume({ signal: 'logs', records: recordsOf('logs', 2) });
  expect(await pipeline.shutdown()).toMatchObject({ delivered: 2 });
  expect(kept.options).toEqual([{ url: 'x', headers: { a: '1', b: '2' } }]);
  expect(kept.exported).toHaveLength(1);
  expect(kept.shutdowns).toBe(1);
});

test('only the signal of the block is taken', async () => {
  const pipeline = await pipelineWith({ export: 'KeepingExporter' });
  expect(['traces', 'metrics', 'logs'].filter((signal) => pipeline.accepts(signal as 'logs'))).toEqual(['logs']);
});

describe('is refused at the start:', () => {
  test.each([
    [
      'a class that is not there',
      'OTLPLogExporter',
      /exports no class OTLPLogExporter; it has KeepingExporter, NoExporter, Throw/,
    ],
    ['a class that exports nothing', 'NoExporter', /NoExporter of .*kept\.mjs is no exporter/],
  ])('%s', async (_, name, message) => {
    const pipeline = await pipelineWith({ export: name });
    await expect(pipeline.start()).rejects.toThrow(message);
  });
});

test('an exporter that throws costs the batch, counted as its defect', async () => {
  const pipeline = await pipelineWith({ export: 'ThrowingExporter' });
  await pipeline.start();
  await pipeline.consume({ signal: 'logs', records: recordsOf('logs', 2) });
  expect(await pipeline.shutdown()).toMatchObject({ dropped: 2, reasons: { bug: 2 } });
});

test('an exporter that never calls back is timed out, and tried again', async () => {
  Object.assign(kept, { results: [undefined, { code: 0 }] });
  const pipeline = await pipelineWith({ export: 'KeepingExporter', timeout: '20ms' });
  await pipeline.start();
  await pipeline.consume({ signal: 'logs', records: recordsOf('logs', 2) });
  expect(await pipeline.forceFlush()).toMatchObject({ pending: 2 });
  expect(pipeline.status().components['exporter:otel_js']?.message).toMatch(/did not call back in time/);
  expect(await pipeline.shutdown()).toMatchObject({ delivered: 2 });
  expect(kept.exported).toHaveLength(2);
});

describe('a package', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'telemetryflow-otel-js-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test.each([
    ['that can be required', { main: './index.js' }],
    ['that can only be imported', { exports: { '.': { import: './index.js' } } }],
    ['whose exports are a path', { type: 'module', exports: './index.js' }],
    ['with nested conditions', { exports: { node: { import: { default: './index.js' } } } }],
  ])('%s is found from the working directory', (_, manifest) => {
    const home = join(folder, 'node_modules/exporter');
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'package.json'), JSON.stringify({ name: 'exporter', version: '1.0.0', ...manifest }));
    writeFileSync(join(home, 'index.js'), '');
    expect(locate('exporter', folder)).toMatch(/node_modules\/exporter\/index\.js$/);
  });

  test('without a file to load is not found', () => {
    const home = join(folder, 'node_modules/exporter');
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'package.json'), JSON.stringify({ name: 'exporter', exports: { './other': './x.js' } }));
    expect(locate('exporter', folder)).toBeUndefined();
  });
});
