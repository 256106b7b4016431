/** `telemetryflow doctor`: each seeded fault is called by its name, with the way to mend it. */
import { once } from 'node:events';
import { createServer as createHttp2 } from 'node:http2';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { type Answer, type Backend, fakeKafka, startBackend, testCa } from '@telemetryflow/testkit';
import { type DoctorEnvironment, doctor } from '../src/commands/doctor.ts';
import { folder } from './command.ts';

const files = folder();
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});
afterAll(() => files.remove());

async function backend(answer: Answer, tls = false): Promise<Backend> {
  const started = await startBackend(() => answer, tls ? { tls: true } : {});
  open.push(started);
  return started;
}

interface Report {
  readonly code: number;
  readonly out: string;
  /** `check: what` of every finding that is a fault. */
  readonly faults: readonly string[];
}

/** Examines exporters, written in YAML. */
async function examined(exporters: string, environment: DoctorEnvironment = {}): Promise<Report> {
  let out = '';
  const write = (text: string): void => {
    out += text;
  };
  const file = files.file('doctor.yaml', `exporters:\n${exporters}\n`);
  const code = await doctor([file], { out: write, err: write }, { timeoutMs: 3000, ...environment });
  const faults = [...out.matchAll(/^ {2}FAIL (\S+) +(.+)$/gm)].map(([, check, what]) => `${check}: ${what}`);
  return { code, out, faults };
}

const hour = 3_600_000;
/** Error code of the Kafka protocol. */
const UNKNOWN_TOPIC_OR_PARTITION = 3;

test('where all is well it says what was delivered, and ends with 0', async () => {
  const { url } = await backend({ status: 200 });
  const { code, out, faults } = await examined(`  otlp_http: { endpoint: "${url}" }`);
  expect({ code, faults }).toEqual({ code: 0, faults: [] });
  expect(out).toMatch(/^otlp_http\n {2}ok {3}item +3 delivered \(traces, metrics, logs\)$/m);
});

describe('the fault is named, with the fix:', () => {
  test('a wrong key', async () => {
    const { url } = await backend({ status: 401 });
    const { code, faults, out } = await examined(
      `  loki: { endpoint: "${url}", username: u, password: wrong-password }`,
    );
    expect(code).toBe(1);
    expect(faults).toEqual(['credentials: the backend does not take the credentials (401)']);
    expect(out).toContain('check password');
  });

  test('a wrong host', async () => {
    const { faults, out } = await examined('  otlp_http: { endpoint: "http://no-such-host.invalid:4318" }');
    expect(faults).toEqual([
      expect.stringMatching(/^dns: there is no host no-such-host\.invalid \((ENOTFOUND|EAI_AGAIN)\)$/),
    ]);
    expect(out).toContain('correct the host in endpoint');
  });

  test('nothing that listens', async () => {
    const { url, close } = await backend({ status: 200 });
    await close();
    const { faults } = await examined(`  otlp_http: { endpoint: "${url}" }`);
    expect(faults).toEqual([
      expect.stringMatching(/^connection: nothing answers on 127\.0\.0\.1:\d+ \(ECONNREFUSED\)$/),
    ]);
  });

  test('the path twice', async () => {
    const { url } = await backend({ status: 404 });
    const { faults, out } = await examined(
      `  otlp_http: { endpoint: "${url}/v1/logs", traces: false, metrics: false }`,
    );
    expect(faults).toEqual(['path: the path is there twice: /v1/logs/v1/logs']);
    expect(out).toContain('take it out of endpoint');
  });

  test('http for https', async () => {
    const { url } = await backend({ status: 200 }, true);
    const { faults, out } = await examined(`  otlp_http: { endpoint: "${url.replace('https:', 'http:')}" }`);
    expect(faults).toEqual([expect.stringMatching(/^protocol: .+ speaks TLS, and is written with http:\/\/$/)]);
    expect(out).toContain('write https:// in endpoint');
  });

  test('https for http', async () => {
    const { url } = await backend({ status: 200 });
    const { faults } = await examined(`  otlp_http: { endpoint: "${url.replace('http:', 'https:')}" }`);
    expect(faults).toEqual([
      expect.stringMatching(/^protocol: .+ does not speak TLS, and is written with https:\/\/$/),
    ]);
  });

  test('a self-signed certificate', async () => {
    const { url } = await backend({ status: 200 }, true);
    const { faults, out } = await examined(`  otlp_http: { endpoint: "${url}" }`);
    expect(faults).toEqual([
      expect.stringMatching(/^tls: the certificate of .+ is self-signed, or signed by an authority/),
    ]);
    expect(out).toContain('set tls.ca_file');
  });

  test('an expired certificate', async () => {
    const ca = testCa();
    const server = createHttps(ca.issue({ expired: true }), (_request, response) => response.end());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    open.push({ close: () => server.close() });
    const { port } = server.address() as AddressInfo;
    const file = files.file('ca.pem', ca.cert);
    const { faults } = await examined(
      `  otlp_http: { endpoint: "https://127.0.0.1:${port}", tls: { ca_file: "${file}" } }`,
    );
    expect(faults).toEqual([expect.stringMatching(/^tls: the certificate of .+ has expired on .+ GMT$/)]);
  });

  test('a proxy that is not there', async () => {
    const { url } = await backend({ status: 200 });
    const { faults, out } = await examined(`  otlp_http: { endpoint: "${url}", proxy: "http://127.0.0.1:1" }`);
    expect(faults).toEqual([
      expect.stringMatching(/^proxy: the proxy 127\.0\.0\.1:1 cannot be reached \(ECONNREFUSED\)$/),
    ]);
    expect(out).toContain('NO_PROXY');
  });

  test('a proxy that wants credentials', async () => {
    const proxy = await backend({ status: 407 });
    const { faults } = await examined(`  otlp_http: { endpoint: "http://collector.example", proxy: "${proxy.url}" }`);
    expect(faults).toEqual([expect.stringMatching(/^proxy: .+ wants credentials \(407\)$/)]);
  });

  test('a clock that is off, though everything arrives', async () => {
    const { url } = await backend({ status: 200, headers: { date: new Date(Date.now() - hour).toUTCString() } });
    const { code, faults, out } = await examined(`  otlp_http: { endpoint: "${url}" }`);
    expect(code).toBe(1);
    expect(faults).toEqual([expect.stringMatching(/^clock: this machine's clock is 3\d{3} s ahead of the backend's$/)]);
    expect(out).toContain('NTP');
  });

  test('a wrong region', async () => {
    const message = "Credential should be scoped to a valid region, not 'us-east-1'.";
    const { url } = await backend({
      status: 400,
      headers: { 'content-type': 'application/x-amz-json-1.1' },
      body: JSON.stringify({ __type: 'InvalidSignatureException', message }),
    });
    const keys = 'access_key_id: AKIDEXAMPLE, secret_access_key: not-a-real-secret-key';
    const { faults } = await examined(
      `  cloudwatch: { region: us-east-1, metrics: false, endpoint_override: "${url}", ${keys} }`,
    );
    expect(faults).toEqual([expect.stringContaining('region: the backend of another region is meant: ')]);
  });

  test('a wrong index', async () => {
    const { url } = await backend({
      status: 400,
      body: '{"text":"Incorrect index","code":7,"invalid-event-number":1}',
    });
    const { faults, out } = await examined(
      `  splunk: { endpoint: "${url}", token: 11111111-2222-3333-4444-555555555555, metrics: false, index: nope }`,
    );
    expect(faults).toEqual([expect.stringMatching(/^target: the backend does not know this index: /)]);
    expect(out).toContain('create the index');
  });

  test('a missing tenant', async () => {
    const { url } = await backend({ status: 401, body: 'no org id' });
    const { faults } = await examined(`  loki: { endpoint: "${url}" }`);
    expect(faults).toEqual([expect.stringMatching(/^target: the backend does not know this tenant: /)]);
  });

  test('a missing topic', async () => {
    const broker = await fakeKafka();
    open.push(broker);
    broker.metadataError = UNKNOWN_TOPIC_OR_PARTITION;
    const { faults, out } = await examined(`  kafka: { brokers: ["${broker.address}"] }`);
    expect(faults).toEqual([expect.stringMatching(/^target: the backend does not know this topic: /)]);
    expect(out).toContain('create the topic');
  });

  test('the port for gRPC, spoken to over HTTP', async () => {
    const server = createHttp2();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    open.push({ close: () => server.close() });
    const { port } = server.address() as AddressInfo;
    const { faults, out } = await examined(`  otlp_http: { endpoint: "http://127.0.0.1:${port}" }`);
    expect(faults).toEqual([expect.stringMatching(/^protocol: .+ answers in another protocol than HTTP\/1\.1$/)]);
    expect(out).toContain('otlp_grpc');
  });

  test('the port for HTTP, spoken to over gRPC', async () => {
    const { port } = await backend({ status: 200 });
    const { faults, out } = await examined(`  otlp_grpc: { endpoint: "http://127.0.0.1:${port}" }`);
    expect(faults).toEqual([expect.stringMatching(/^protocol: .+ answers in another protocol than gRPC$/)]);
    expect(out).toContain('otlp_http');
  });

  test('a full disk', async () => {
    const { url } = await backend({ status: 200 });
    const { faults } = await examined(`  otlp_http: { endpoint: "${url}" }`, { freeBytes: () => 1024 });
    expect(faults).toEqual([expect.stringMatching(/^disk: the disk of .+ is full: 0 MiB are free$/)]);
  });
});

test('a refusal that nothing explains is given in the words of the backend', async () => {
  const { url } = await backend({ status: 400, body: 'Tuesdays are off' });
  const { faults } = await examined(`  loki: { endpoint: "${url}" }`);
  expect(faults).toEqual([expect.stringMatching(/^item: not delivered \(1 invalid\): .*Tuesdays are off/)]);
});

test('secrets are not printed, even where the backend repeats them', async () => {
  const { url } = await backend({ status: 400, body: 'bad password: hunter2hunter2' });
  const { out } = await examined(`  loki: { endpoint: "${url}", username: u, password: hunter2hunter2 }`);
  expect(out).toContain('[REDACTED]');
  expect(out).not.toContain('hunter2');
});

test('one exporter that hangs does not keep the others from being examined', async () => {
  const silent = await backend({ fault: 'stall' });
  const { url } = await backend({ status: 200 });
  const { out } = await examined(
    `  otlp_http/silent: { endpoint: "${silent.url}", timeout: 200ms }\n  otlp_http/well: { endpoint: "${url}" }`,
    { timeoutMs: 1000 },
  );
  expect(out).toMatch(/otlp_http\/silent\n {2}FAIL item/);
  expect(out).toMatch(/otlp_http\/well\n {2}ok/);
});
