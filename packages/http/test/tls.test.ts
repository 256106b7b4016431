import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { checkTls, createHttpClient, type HttpResult, type TlsConfig } from '@telemetryflow/http';
import {
  answering,
  type Certificates,
  certificates,
  httpServer,
  httpsServer,
  type Running,
  serverTls,
} from './servers.ts';

let files: Certificates;
let server: Running;
const subjects: string[] = [];
const names: (string | false | null)[] = [];
const open: { close(): unknown }[] = [];

beforeAll(async () => {
  files = certificates();
  const tls = serverTls(files, { ca: readFileSync(files.ca), requestCert: true, rejectUnauthorized: false });
  server = await httpsServer(tls, (request, response) => {
    const socket = request.socket as TLSSocket;
    subjects.push(String(socket.getPeerCertificate()?.subject?.CN));
    names.push((socket as { servername?: string | false }).servername ?? null);
    answering(200)(request, response);
  });
});
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});
afterAll(async () => {
  await server.close();
  files.remove();
});

function send(tls: TlsConfig, url = server.url): Promise<HttpResult> {
  const http = createHttpClient({ tls });
  open.push(http);
  return http.request({ url, body: 'x', signal: AbortSignal.timeout(3000) });
}

describe('TLS', () => {
  test('takes a server signed by the configured authority', async () => {
    expect(await send({ ca_file: files.ca })).toMatchObject({ status: 200 });
  });

  test('refuses an unknown authority, and says what to set', async () => {
    const result = await send({});
    expect(result).toMatchObject({ kind: 'failure', reason: 'network' });
    expect((result as { message: string }).message).toContain('tls.ca_file');
  });

  test('takes any certificate with skip_verify', async () => {
    expect(await send({ skip_verify: true })).toMatchObject({ status: 200 });
  });

  test('checks the certificate against server_name, and sends it', async () => {
    expect(await send({ ca_file: files.ca, server_name: 'server.test' })).toMatchObject({ status: 200 });
    expect(names.at(-1)).toBe('server.test');
    const other = await send({ ca_file: files.ca, server_name: 'other.test' });
    expect(other).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  test('presents a client certificate', async () => {
    await send({ ca_file: files.ca, cert_file: files.clientCert, key_file: files.clientKey });
    expect(subjects.at(-1)).toBe('client');
  });

  test('refuses a protocol below min_version', async () => {
    const old = await httpsServer(serverTls(files, { maxVersion: 'TLSv1.2' }), answering(200));
    open.push(old);
    expect(await send({ ca_file: files.ca, min_version: '1.3' }, old.url)).toMatchObject({ reason: 'network' });
    expect(await send({ ca_file: files.ca, min_version: '1.2' }, old.url)).toMatchObject({ status: 200 });
  });

  test('to a plain http port fails with a hint', async () => {
    const plain = await httpServer(answering(200));
    open.push(plain);
    const result = await send({}, `https://127.0.0.1:${plain.port}/`);
    expect(result).toMatchObject({ kind: 'failure', reason: 'network' });
    expect((result as { message: string }).message).toContain('is it a http:// endpoint?');
  });

  test('plain http to a TLS port fails with a hint or an answer of the server', async () => {
    const result = await send({}, `http://127.0.0.1:${server.port}/`);
    expect(result.kind === 'failure' ? result.reason : result.status).toBe('network');
  });

  test('with an unreadable file rejects at start and fails each request without an exception', async () => {
    const http = createHttpClient({ tls: { ca_file: join(files.directory, 'missing.pem') } });
    await expect(http.start()).rejects.toThrow(/ENOENT/);
    expect(await http.request({ url: server.url })).toMatchObject({ kind: 'failure', code: 'ENOENT' });
  });
});

describe('checkTls', () => {
  test('finds nothing to say about files that work', () => {
    expect(checkTls({ ca_file: files.ca, cert_file: files.cert, key_file: files.key, server_name: '' })).toEqual([]);
    expect(checkTls(undefined)).toEqual([]);
  });

  test('names each file that cannot be read', () => {
    const problems = checkTls({ ca_file: '/no/such/ca.pem', cert_file: files.directory, key_file: files.key });
    expect(problems.map(({ path, message }) => [path.join('.'), message])).toEqual([
      ['tls.ca_file', 'cannot read /no/such/ca.pem (ENOENT)'],
      ['tls.cert_file', `cannot read ${files.directory} (EISDIR)`],
    ]);
  });

  test('wants certificate and key together, and of one pair', () => {
    expect(checkTls({ cert_file: files.cert })[0]?.message).toBe('cert_file without key_file');
    expect(checkTls({ key_file: files.key })[0]?.message).toBe('key_file without cert_file');
    const mixed = checkTls({ cert_file: files.cert, key_file: files.clientKey });
    expect(mixed[0]?.message).toContain('cannot be used together');
  });

  test('refuses a CA file that holds no certificate', () => {
    const file = join(files.directory, 'text.pem');
    writeFileSync(file, 'hello');
    expect(checkTls({ ca_file: file })[0]?.message).toContain('no PEM certificate');
  });

  test('warns once about skip_verify', () => {
    const problems = checkTls({ skip_verify: true });
    expect(problems).toHaveLength(1);
    expect(problems[0]?.severity).toBe('warning');
  });
});
