/** The guide to logs from winston and pino, in a service that is installed from packed packages. */
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { judgeLokiPush, readLokiPush, startBackend } from '@telemetryflow/testkit';
import { codeBlocks } from '../docs/blocks.ts';
import { type Example, installExample, npmInstall } from './example.ts';
import { packAll } from './pack.ts';
import { type Registry, serveRegistry } from './registry.ts';
import { nodeBinary } from './toolchain.ts';

const GUIDE = 'docs/guides/logs-from-winston-and-pino.md';
let registry: Registry;
let service: Example;

beforeAll(async () => {
  registry = await serveRegistry(packAll());
  // It has what the guide installs.
  service = await installExample('fastify-service', registry);
  await npmInstall(service.dir, ['winston@3.19.0', 'winston-transport@4.9.0', 'pino@10.4.0'], registry);
  rmSync(path.join(service.dir, 'instrumentation.mjs'));
  for (const { file, text } of codeBlocks()) {
    const name = /^\/\/ (\S+\.m?[jt]s)\n/.exec(text)?.[1];
    if (file === GUIDE && name !== undefined) writeFileSync(path.join(service.dir, name), text);
  }
}, 480_000);
afterAll(async () => {
  service.remove();
  await registry.close();
});

const APP = `
import { trace } from '@opentelemetry/api';
import pino from 'pino';
import winston from 'winston';
import { OtelTransport } from './otel-transport.ts';

const logger = winston.createLogger({ transports: [new OtelTransport()] });
trace.getTracer('app').startActiveSpan('work', (span) => {
  pino().info({ order: 7 }, 'order placed');
  logger.warn('stock is low', { article: 'A-1' });
  span.end();
});
`;

test.each(['22', '24', '26'])(
  'records of both loggers are at Loki with the trace, on Node %s',
  async (line) => {
    const loki = await startBackend((request) => judgeLokiPush(request, { now: Date.now }).answer);
    writeFileSync(path.join(service.dir, 'app.mjs'), APP);
    const args = ['--import', './instrumentation.mjs', 'app.mjs'];
    const { status, said } = await service.start(nodeBinary(line), args, { LOKI_ENDPOINT: loki.url });
    await loki.close();
    expect({ status, said }).toMatchObject({ status: 0 });
    const entries = loki.requests
      .flatMap(readLokiPush)
      .map((entry) => [entry.line, Object.fromEntries(entry.metadata)]);
    expect(Object.fromEntries(entries)).toMatchObject({
      'order placed': { order: '7', severity_text: 'info', trace_id: expect.stringMatching(/^[0-9a-f]{32}$/) },
      'stock is low': { article: 'A-1', severity_text: 'warn', trace_id: expect.stringMatching(/^[0-9a-f]{32}$/) },
    });
  },
  120_000,
);
