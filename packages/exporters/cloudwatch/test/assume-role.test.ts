/** A role is taken on before anything is sent, by a strict STS: it checks the signature and the form. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createPipeline, type DeliveryReport } from '@telemetryflow/kernel';
import {
  type Answer,
  awsSignature,
  type Backend,
  fakeCloudwatch,
  fakeCloudwatchOtlp,
  logs,
  type RecordedRequest,
  spans,
  startBackend,
} from '@telemetryflow/testkit';
import fc from 'fast-check';
import { identityIn } from '../src/assume-role.ts';
import cloudwatch from '../src/index.ts';

const ROLE = 'arn:aws:iam::123456789012:role/writer';
const OWN = { access_key_id: 'AKIASOURCE', secret_access_key: 'own-secret' };
const TEMPORARY = { id: 'AKIAIOSFODNN7EXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' };

const response = (expiration: string): string => `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleResult>
    <AssumedRoleUser><AssumedRoleId>ARO123:telemetryflow</AssumedRoleId><Arn>arn:aws:sts::123456789012:x</Arn></AssumedRoleUser>
    <Credentials>
      <AccessKeyId>${TEMPORARY.id}</AccessKeyId>
      <SecretAccessKey>${TEMPORARY.secret}</SecretAccessKey>
      <SessionToken>AQoDYXdzEPT//token==</SessionToken>
      <Expiration>${expiration}</Expiration>
    </Credentials>
  </AssumeRoleResult>
</AssumeRoleResponse>`;

/** Refuses as STS does: 403 for a signature, 400 for a form. */
function sts(request: RecordedRequest): Answer {
  try {
    const { service } = awsSignature(request, (id) => (id === OWN.access_key_id ? OWN.secret_access_key : undefined));
    if (service !== 'sts') throw new Error(`SignatureDoesNotMatch: signed for ${service}`);
  } catch (error) {
    return { status: 403, body: `<ErrorResponse><Error><Message>${String(error)}</Message></Error></ErrorResponse>` };
  }
  const form = Object.fromEntries(new URLSearchParams(request.text()));
  const { Action, Version, RoleArn, RoleSessionName = '', ExternalId } = form;
  const valid = Action === 'AssumeRole' && Version === '2011-06-15' && /^[\w+=,.@-]{2,64}$/.test(RoleSessionName);
  if (!valid || RoleArn !== ROLE) return { status: 400, body: '<ErrorResponse>ValidationError</ErrorResponse>' };
  if (ExternalId !== 'shop-7') return { status: 403, body: '<ErrorResponse>AccessDenied</ErrorResponse>' };
  return { status: 200, body: response(new Date(Date.now() + 3_600_000).toISOString()) };
}

const running: Backend[] = [];
let service: Backend;
const before = process.env['AWS_ENDPOINT_URL_STS'];
beforeEach(async () => {
  service = await startBackend(sts);
  running.push(service);
  process.env['AWS_ENDPOINT_URL_STS'] = service.url;
});
afterEach(async () => {
  for (const each of running.splice(0)) await each.close();
  if (before === undefined) delete process.env['AWS_ENDPOINT_URL_STS'];
  else process.env['AWS_ENDPOINT_URL_STS'] = before;
});

const silent = (): void => undefined;
const logger = { error: silent, warn: silent, info: silent, debug: silent };

async function deliver(
  signal: 'logs' | 'traces',
  records: readonly unknown[],
  block: Record<string, unknown>,
): Promise<DeliveryReport> {
  const shared = { region: 'eu-west-1', ...OWN, role_arn: ROLE, external_id: 'shop-7', log_stream: 's' };
  const config = { ...shared, flush_interval: '10ms', batch_size: 1, max_batch_items: 1, ...block };
  const pipeline = await createPipeline({ exporters: { cloudwatch: config } }, { plugins: [cloudwatch], logger });
  await pipeline.start();
  await pipeline.consume({ signal, records } as never);
  return pipeline.shutdown();
}

const startMs = Date.now() - 60_000;

describe('requests are signed with the credentials of the role, asked for once,', () => {
  test('to the API', async () => {
    const aws = await fakeCloudwatch(Date.now);
    running.push(aws);
    const report = await deliver('logs', logs(3, { startMs }), { endpoint_override: aws.url });
    expect(report).toMatchObject({ delivered: 3, dropped: 0 });
    for (const { headers } of aws.requests) {
      expect(headers.authorization).toContain(`Credential=${TEMPORARY.id}/`);
      expect(headers['x-amz-security-token']).toBe('AQoDYXdzEPT//token==');
    }
    expect(service.requests).toHaveLength(1);
  });

  test('to an OTLP endpoint', async () => {
    const aws = await fakeCloudwatchOtlp({ now: Date.now });
    running.push(aws);
    const report = await deliver('traces', spans(3, { startMs }), { endpoint_override: aws.url, traces: true });
    expect(report).toMatchObject({ delivered: 3, dropped: 0 });
    expect(aws.requests.every(({ headers }) => headers['x-amz-security-token'] === 'AQoDYXdzEPT//token==')).toBe(true);
    expect(service.requests).toHaveLength(1);
  });
});

test.each([
  ['another external id', { external_id: 'shop-8' }],
  ['a wrong secret', { secret_access_key: 'guessed' }],
  ['a role that there is not', { role_arn: `${ROLE}s` }],
])('with %s nothing is sent, until it is good', async (_name, block) => {
  const aws = await fakeCloudwatch(Date.now);
  running.push(aws);
  const more = { endpoint_override: aws.url, retry: { max_elapsed: '100ms' }, ...block };
  expect(await deliver('logs', logs(1, { startMs }), more)).toMatchObject({ delivered: 0 });
  expect(aws.requests).toEqual([]);
  expect(service.requests.length).toBeGreaterThan(0);
});

describe('an answer', () => {
  test('is read', () => {
    expect(identityIn(response('2030-01-02T03:04:05Z'))).toEqual({
      accessKeyId: TEMPORARY.id,
      secretAccessKey: TEMPORARY.secret,
      sessionToken: 'AQoDYXdzEPT//token==',
      expiration: new Date('2030-01-02T03:04:05Z'),
    });
  });

  test.each([
    ['a page', '<html>Sign in</html>'],
    ['nothing', ''],
    ['no time', response('soon')],
    ['no token', response('2030-01-02T03:04:05Z').replace(/<SessionToken>.*/, '')],
  ])('that is %s is none', (_name, text) => {
    expect(identityIn(text)).toBeUndefined();
  });

  test('never makes the reader throw', () => {
    fc.assert(fc.property(fc.string(), (text) => void identityIn(response(text))));
  });
});
