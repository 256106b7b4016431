/**
 * Reads signatures of AWS (version 4) by the algorithm of its reference, with nothing but node:crypto: whoever signs
 * by a library is checked by somebody who does not share its mistakes.
 */
import { createHash, createHmac } from 'node:crypto';
import type { RecordedRequest } from '../backend/request.ts';

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/;

/** Who signed a request, and for what. */
export interface AwsSignature {
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
  /** Names of the signed headers. */
  readonly signed: readonly string[];
  /** The time of the signature, in milliseconds since the epoch. */
  readonly ms: number;
}

/**
 * The signature of a request; throws a sentence where there is none, or where it is not that of the secret.
 * `secretOf` knows the secrets by access key id.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import cloudwatch from '@telemetryflow/exporter-cloudwatch';
 * import { type AwsSignature, awsSignature, spans, startBackend, throughPipeline } from '@telemetryflow/testkit';
 *
 * const backend = await startBackend();
 * const keys = { access_key_id: 'AKIAIOSFODNN7EXAMPLE', secret_access_key: 'secret' };
 * const block = { region: 'eu-west-1', endpoint_override: backend.url, traces: true, ...keys };
 * await throughPipeline(cloudwatch, block, 'traces', spans(1, { startMs: Date.now() }));
 * await backend.close();
 * const [request] = backend.requests;
 * assert.ok(request);
 * const { service, region }: AwsSignature = awsSignature(request, () => 'secret');
 * assert.deepEqual([service, region], ['xray', 'eu-west-1']);
 * assert.throws(() => awsSignature(request, () => 'guess'), /does not match/);
 * ```
 */
export function awsSignature(
  request: RecordedRequest,
  secretOf: (accessKeyId: string) => string | undefined,
): AwsSignature {
  const found = AUTHORIZATION.exec(request.headers.authorization ?? '');
  if (found === null) throw new Error('MissingAuthenticationToken: the request has no signature of version 4.');
  const [, accessKeyId = '', day = '', region = '', service = '', names = '', signature = ''] = found;
  const secret = secretOf(accessKeyId);
  if (secret === undefined) throw new Error('UnrecognizedClientException: the access key is unknown.');
  const date = header(request, 'x-amz-date');
  const time = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date);
  if (time === null || !date.startsWith(day)) throw new Error(`InvalidSignatureException: x-amz-date is "${date}".`);
  const bodyHash = sha256(request.raw);
  if (header(request, 'x-amz-content-sha256') !== bodyHash)
    throw new Error('InvalidSignatureException: x-amz-content-sha256 is not that of the body as it was sent.');
  const signed = names.split(';');
  if (signed.join() !== [...signed].sort().join()) throw new Error('InvalidSignatureException: headers in disorder.');
  for (const name of Object.keys(request.headers)) {
    const needed = name === 'host' || name.startsWith('x-amz-') || name.startsWith('x-aws-');
    const wanted = needed || name === 'content-encoding' || name === 'content-type';
    if (wanted && !signed.includes(name)) throw new Error(`InvalidSignatureException: ${name} is not signed.`);
  }
  const [path = '', query = ''] = request.path.split('?');
  const canonical = [
    request.method,
    path.split('/').map(encode).join('/'),
    [...new URLSearchParams(query)]
      .map(([key, value]) => `${encode(key)}=${encode(value)}`)
      .sort()
      .join('&'),
    ...signed.map((name) => `${name}:${header(request, name).trim().replaceAll(/\s+/g, ' ')}`),
    '',
    names,
    bodyHash,
  ].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
  const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secret}`);
  if (hmac(key, text).toString('hex') !== signature)
    throw new Error('SignatureDoesNotMatch: the signature does not match the request.');
  const [year = 0, month = 1, ...rest] = time.slice(1).map(Number);
  return { accessKeyId, region, service, signed, ms: Date.UTC(year, month - 1, ...rest) };
}

function header(request: RecordedRequest, name: string): string {
  return String(request.headers[name] ?? '');
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** Percent-encodes all but the unreserved characters of RFC 3986. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`);
}
