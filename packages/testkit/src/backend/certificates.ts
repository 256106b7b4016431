/**
 * Makes a certificate authority and certificates for tests, fresh in each process, so that no private key is
 * published and nothing expires. Owns just enough DER (X.690) and X.509 v3 (RFC 5280) to do that.
 */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** A certificate and its key, PEM. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

/** What a certificate is issued for. */
export interface IssueOptions {
  /** Names and IPv4 addresses the certificate is for; default `localhost` and `127.0.0.1`. */
  readonly hosts?: readonly string[];
  /** Default: valid from an hour ago for ten days. */
  readonly expired?: boolean;
  readonly commonName?: string;
}

/** A certificate authority of one test. */
export interface TestCa {
  /** The CA's own certificate, PEM: what goes into `tls.ca_file`. */
  readonly cert: string;
  /** A server or client certificate signed by this CA. */
  issue(options?: IssueOptions): TestCertificate;
}

/**
 * Make a certificate authority.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { X509Certificate } from 'node:crypto';
 * import { type IssueOptions, type TestCa, type TestCertificate, testCa } from '@telemetryflow/testkit';
 *
 * const ca: TestCa = testCa();
 * const options: IssueOptions = { hosts: ['logs.example.com'], expired: true };
 * const issued: TestCertificate = ca.issue(options);
 * const certificate = new X509Certificate(issued.cert);
 * assert.ok(certificate.verify(new X509Certificate(ca.cert).publicKey));
 * assert.equal(certificate.checkHost('logs.example.com'), 'logs.example.com');
 * assert.ok(certificate.validToDate.getTime() < Date.now());
 * ```
 */
export function testCa(commonName = 'TelemetryFlow test CA'): TestCa {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ca = certificate({ subject: commonName, issuer: commonName, publicKey, signer: privateKey, extensions: [CA] });
  return {
    cert: ca,
    issue(options = {}) {
      const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const cert = certificate({
        subject: options.commonName ?? 'test',
        issuer: commonName,
        publicKey: pair.publicKey,
        signer: privateKey,
        extensions: [alternativeNames(options.hosts ?? ['localhost', '127.0.0.1'])],
        ...(options.expired === true ? { expired: true } : {}),
      });
      return { cert, key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
    },
  };
}

interface CertificateOptions {
  readonly subject: string;
  readonly issuer: string;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
  readonly extensions: readonly Buffer[];
  readonly expired?: boolean;
}

const HOUR = 3_600_000;

function certificate(options: CertificateOptions): string {
  const now = Date.now();
  const [from, to] = options.expired === true ? [now - 48 * HOUR, now - HOUR] : [now - HOUR, now + 240 * HOUR];
  const algorithm = sequence(oid('1.2.840.10045.4.3.2'));
  const tbs = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.concat([Buffer.of(1), randomBytes(15)])),
    algorithm,
    name(options.issuer),
    sequence(utcTime(from), utcTime(to)),
    name(options.subject),
    options.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...options.extensions)),
  );
  const whole = sequence(tbs, algorithm, der(0x03, Buffer.concat([Buffer.of(0), sign('sha256', tbs, options.signer)])));
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  if (body.length < 128) return Buffer.concat([Buffer.of(tag, body.length), body]);
  const length: number[] = [];
  for (let rest = body.length; rest > 0; rest >>>= 8) length.unshift(rest & 0xff);
  return Buffer.concat([Buffer.of(tag, 0x80 | length.length, ...length), body]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, ...parts);
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const part of rest) {
    const groups = [part & 0x7f];
    for (let value = part >>> 7; value > 0; value >>>= 7) groups.unshift(0x80 | (value & 0x7f));
    bytes.push(...groups);
  }
  return der(0x06, Buffer.from(bytes));
}

function name(commonName: string): Buffer {
  return sequence(der(0x31, sequence(oid('2.5.4.3'), der(0x0c, Buffer.from(commonName)))));
}

function utcTime(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '');
  return der(0x17, Buffer.from(digits.slice(2)));
}

const CA: Buffer = sequence(
  oid('2.5.29.19'),
  der(0x01, Buffer.of(0xff)),
  der(0x04, sequence(der(0x01, Buffer.of(0xff)))),
);

function alternativeNames(hosts: readonly string[]): Buffer {
  const names = hosts.map((host) =>
    /^[\d.]+$/.test(host)
      ? der(0x87, Buffer.from(host.split('.').map(Number)))
      : der(0x82, Buffer.from(host, 'latin1')),
  );
  return sequence(oid('2.5.29.17'), der(0x04, sequence(...names)));
}
