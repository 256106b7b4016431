import { expect, test } from '@jest/globals';
import { cloudwatchDatums, cloudwatchEvents, FAKE_EPOCH, fakeCloudwatch } from '@telemetryflow/testkit';

const DATUM = { MetricName: 'a', Timestamp: FAKE_EPOCH / 1000, Value: 1 };

function group(Name: string, count = 1, KeyAttributes: object = { Type: 'Service', Name, Environment: 'e' }): object {
  return { Entity: { KeyAttributes }, MetricData: Array.from({ length: count }, () => DATUM) };
}

function putMetricData(changes: object): string {
  return JSON.stringify({ Namespace: 'Shop', StrictEntityValidation: false, ...changes });
}

test('metrics of entities and of none are read together', () => {
  const text = putMetricData({ MetricData: [DATUM], EntityMetricData: [group('a', 2), group('b')] });
  expect(cloudwatchDatums(text, FAKE_EPOCH)).toHaveLength(4);
});

test.each([
  ['a third entity', { EntityMetricData: [group('a'), group('b'), group('c')] }, /allowed is 2/],
  ['an entity named twice', { EntityMetricData: [group('a'), group('a')] }, /one entity twice/],
  ['an entity without metrics', { EntityMetricData: [group('a', 0)] }, /member\.1\.MetricData is empty/],
  ['no word about strictness', { EntityMetricData: [group('a')], StrictEntityValidation: undefined }, /Strict/],
  ['a bad entity where it is to be strict', { EntityMetricData: [group('')], StrictEntityValidation: true }, /Invalid/],
  ['no metrics', {}, /MetricData is empty/],
  [
    'more than 1000 metrics in all',
    { MetricData: [DATUM], EntityMetricData: [group('a', 500), group('b', 500)] },
    /more than 1000/,
  ],
  [
    'a bad metric of the second entity',
    { EntityMetricData: [group('a'), { ...group('b'), MetricData: [{ ...DATUM, Value: 'x' }] }] },
    /EntityMetricData\.member\.2\.MetricData\.member\.1\.Value/,
  ],
])('CloudWatch refuses %s', (_name, changes, message) => {
  expect(() => cloudwatchDatums(putMetricData(changes), FAKE_EPOCH)).toThrow(message);
});

test.each([
  [{ Type: 'Service', Name: 'a' }, 'MissingRequiredFields'],
  [{ Type: 'Shop', Name: 'a', Environment: 'e' }, 'InvalidTypeValue'],
  [{ Type: 'Service', Name: ' ', Environment: 'e' }, 'InvalidKeyAttributes'],
  [{ Type: 'Service', Name: 'a', Environment: 'e' }, null],
])('data of the entity %j are taken, and the answer says %s', async (keys, error) => {
  const service = await fakeCloudwatch(() => FAKE_EPOCH);
  const call = (target: string, version: string, of: string, body: string): Promise<Response> =>
    fetch(service.url, {
      method: 'POST',
      headers: {
        'x-amz-target': target,
        'content-type': `application/x-amz-json-${version}`,
        authorization: `AWS4-HMAC-SHA256 Credential=k/d/r/${of}/aws4_request`,
      },
      body,
    });
  const text = putMetricData({ EntityMetricData: [group('a', 1, keys)] });
  const answer = await call('GraniteServiceVersion20100801.PutMetricData', '1.0', 'monitoring', text);
  expect([answer.status, answer.headers.get('x-amzn-failure-message')]).toEqual([200, error]);
  expect(service.datums).toHaveLength(1);

  const place = { logGroupName: 'g', logStreamName: 's' };
  for (const operation of ['CreateLogGroup', 'CreateLogStream', 'PutLogEvents']) {
    const events = { logEvents: [{ timestamp: FAKE_EPOCH, message: 'm' }], entity: { keyAttributes: keys } };
    const body = JSON.stringify({ ...place, ...(operation === 'PutLogEvents' && events) });
    const logs = await call(`Logs_20140328.${operation}`, '1.1', 'logs', body);
    const expected = operation === 'PutLogEvents' && error !== null ? { rejectedEntityInfo: { errorType: error } } : {};
    expect([logs.status, await logs.json()]).toEqual([200, expected]);
  }
  expect(service.events('g', 's')).toHaveLength(1);
  await service.close();
});

test('the entity of log events is read as it came', () => {
  const entity = { keyAttributes: { Type: 'Service' } };
  const body = { logGroupName: 'g', logStreamName: 's', logEvents: [{ timestamp: 1, message: 'm' }], entity };
  expect(cloudwatchEvents(JSON.stringify(body)).entity).toEqual(entity);
});
