/**
 * A service in a process of its own, for tests of how it ends: `node guest.ts <scenario> <endpoint> …`. It makes a span, a log
 * record and a count, and then does what the scenario says.
 */
import { pathToFileURL } from 'node:url';
import type * as OtlpHttp from '@telemetryflow/exporter-otlp-http';
import { fromConfig, type Telemetry, type TelemetryOptions } from '../../src/index.ts';
import { providers } from '../host.ts';

export interface Guest {
  readonly telemetry: Telemetry;
  readonly work: (name: string) => void;
}

export async function startGuest(endpoint: string, options: TelemetryOptions = {}): Promise<Guest> {
  const { default: otlpHttp }: typeof OtlpHttp = await import('@telemetryflow/exporter-otlp-http');
  const config = {
    // Long enough that nothing goes out before somebody flushes.
    exporters: { otlp_http: { endpoint, flush_interval: '1h', compression: 'none' } },
    service: { telemetry: { metrics: { level: 'none' } } },
  };
  const telemetry = fromConfig(config, { plugins: [otlpHttp], ...options });
  const { tracers, loggers, meters } = providers(telemetry);
  const counter = meters.getMeter('app').createCounter('orders');
  return {
    telemetry,
    work(name) {
      tracers.getTracer('app').startSpan(name).end();
      loggers.getLogger('app').emit({ body: name });
      counter.add(1);
    },
  };
}

const SCENARIOS: Readonly<Record<string, (guest: Guest) => void | Promise<void>>> = {
  /** Nothing more to do. */
  idle() {},
  /** Work after the first `beforeExit`. */
  again({ work }) {
    process.once('beforeExit', () => setTimeout(() => work('again'), 5));
  },
  async sigterm({ telemetry }) {
    await telemetry.pipeline;
    setInterval(() => {}, 1000);
    process.kill(process.pid, 'SIGTERM');
  },
  async 'sigterm-with-handler'({ telemetry, work }) {
    await telemetry.pipeline;
    const alive = setInterval(() => {}, 1000);
    process.on('SIGTERM', () => {
      work('closing');
      clearInterval(alive);
      process.exitCode = 7;
    });
    process.kill(process.pid, 'SIGTERM');
  },
  throws() {
    setTimeout(() => {
      throw new Error('boom of the host');
    }, 5);
  },
  rejects() {
    setTimeout(() => void Promise.reject(new Error('boom of the host')), 5);
  },
  'throws-with-handler'() {
    process.on('uncaughtException', (error) => {
      console.log(`host handled: ${error.message}`);
      process.exitCode = 9;
    });
    setTimeout(() => {
      throw new Error('boom of the host');
    }, 5);
  },
  async 'shutdown-twice'({ telemetry }) {
    await Promise.all([telemetry.shutdown(), telemetry.shutdown()]);
    console.log(
      ['beforeExit', 'SIGTERM', 'uncaughtExceptionMonitor'].map((name) => process.listenerCount(name)).join(),
    );
  },
};

const [, file = '', scenario = '', endpoint = '', flushOnExit, exitTimeoutMs = '10000'] = process.argv;
if (import.meta.url === pathToFileURL(file).href) {
  const guest = await startGuest(endpoint, {
    flushOnExit: flushOnExit === 'true',
    exitTimeoutMs: Number(exitTimeoutMs),
  });
  guest.work('first');
  await SCENARIOS[scenario]?.(guest);
}
