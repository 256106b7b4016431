import { describe, expect, test } from '@jest/globals';
import { checkOtlpEndpoint, otlpUrl } from '@telemetryflow/http';

describe('the URL of a signal', () => {
  test.each([
    ['http://h:4318', 'http://h:4318/v1/traces'],
    ['http://h:4318/', 'http://h:4318/v1/traces'],
    ['http://h:4318//', 'http://h:4318//v1/traces'],
    ['https://h/api/otlp', 'https://h/api/otlp/v1/traces'],
    ['https://h/otlp/?tenant=a', 'https://h/otlp/v1/traces?tenant=a'],
    ['', ''],
  ])('from the base %p is %p', (endpoint, expected) => {
    expect(otlpUrl({ endpoint, traces_endpoint: '' }, 'traces')).toBe(expected);
  });

  test('is its own endpoint verbatim when there is one', () => {
    const endpoints = {
      endpoint: 'http://localhost:4318/',
      traces_endpoint: 'http://t:9/x',
      logs_endpoint: 'http://l:9',
    };
    expect(otlpUrl(endpoints, 'traces')).toBe('http://t:9/x');
    expect(otlpUrl(endpoints, 'logs')).toBe('http://l:9');
    expect(otlpUrl(endpoints, 'metrics')).toBe('http://localhost:4318/v1/metrics');
  });
});

describe('a base URL that ends in the path of a signal', () => {
  test.each(['http://h/v1/traces', 'http://h/v1/logs/'])('%s is warned about', (endpoint) => {
    expect(checkOtlpEndpoint({ endpoint })).toMatchObject([{ path: ['endpoint'], severity: 'warning' }]);
  });
  test('is a mistake, any other is not', () => {
    expect(checkOtlpEndpoint({ endpoint: 'http://h/v1' })).toEqual([]);
  });
});
