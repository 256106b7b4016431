import { describe, expect, test } from '@jest/globals';
import { labelName, metricName, type NameKind } from '@telemetryflow/remote-write';
import fc from 'fast-check';
import { unitText } from '../src/otel/units.ts';

const WITH = 'UnderscoreEscapingWithSuffixes';
const WITHOUT = 'UnderscoreEscapingWithoutSuffixes';

describe('metric names', () => {
  test.each<[string, string, NameKind, string]>([
    ['system.memory.usage', 'By', 'gauge', 'system_memory_usage_bytes'],
    ['system.cpu.utilization', '1', 'gauge', 'system_cpu_utilization_ratio'],
    ['process.cpu.time', 's', 'counter', 'process_cpu_time_seconds_total'],
    ['foo.total', '1', 'counter', 'foo_total'],
    ['speed', 'm/s', 'gauge', 'speed_meters_per_second'],
    ['requests', '{request}/s', 'counter', 'requests_per_second_total'],
    ['1st.metric', '', 'gauge', '_1st_metric'],
    ['http.server.requests', '{request}', 'counter', 'http_server_requests_total'],
    ['disk.io.bytes', 'By', 'other', 'disk_io_bytes'],
    ['a:b', 'widgets', 'other', 'a:b_widgets'],
  ])('%s in %s as %s becomes %s', (name, unit, kind, expected) => {
    expect(metricName(name, unit, kind, WITH)).toBe(expected);
  });

  test('without suffixes only the characters change', () => {
    expect(metricName('a..b__c.d_', 's', 'counter', WITHOUT)).toBe('a_b__c_d_');
    expect(metricName('.x.', '1', 'gauge', WITHOUT)).toBe('x');
  });

  test('unescaped names keep their characters and get suffixes only where asked', () => {
    expect(metricName('http.server.duration', 'ms', 'other', 'NoUTF8EscapingWithSuffixes')).toBe(
      'http.server.duration_milliseconds',
    );
    expect(metricName('foo.total', 'By/s', 'counter', 'NoUTF8EscapingWithSuffixes')).toBe('foo_bytes_per_second_total');
    expect(metricName('http.server.duration', 'ms', 'other', 'NoTranslation')).toBe('http.server.duration');
  });

  test('a namespace goes before the name', () => {
    expect(metricName('1st', '', 'gauge', WITH, 'ns')).toBe('ns_1st');
    expect(metricName('a.b', '', 'gauge', 'NoTranslation', 'ns')).toBe('ns_a.b');
  });

  test('a name of which nothing is left has no name', () => {
    for (const name of ['', '...', 'ü', '__']) {
      expect(metricName(name, 's', 'counter', WITH)).toBeUndefined();
      expect(metricName(name, 's', 'counter', WITHOUT)).toBeUndefined();
    }
  });

  test('any name becomes a valid one', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (name, unit) => {
        for (const strategy of [WITH, WITHOUT] as const) {
          expect(metricName(name, unit, 'counter', strategy) ?? 'none').toMatch(/^[A-Za-z_:][A-Za-z0-9_:]*$/);
        }
      }),
    );
  });

  test('units have a text for metadata', () => {
    expect(['m/s', 'By', '1', '{request}', '1/min', 'foo.bar'].map(unitText)).toEqual([
      'meters_per_second',
      'bytes',
      '',
      '',
      'per_min',
      'foo_bar',
    ]);
  });
});

describe('label names', () => {
  test.each([
    ['1abc', 'key_1abc'],
    ['_x', 'key_x'],
    ['a.b-c', 'a_b_c'],
    ['ünï', 'key_n_'],
    ['__foo', '__foo'],
    ['http.method', 'http_method'],
    ['\u{1F600}x', 'key_x'],
  ])('%s becomes %s', (name, expected) => {
    expect(labelName(name, WITH)).toBe(expected);
  });

  test('reserved and empty ones are none', () => {
    for (const name of ['__', '', '...', '__name__']) expect(labelName(name, WITH)).toBeUndefined();
    expect(labelName('__name__', 'NoTranslation')).toBeUndefined();
    expect(labelName('http.method', 'NoTranslation')).toBe('http.method');
  });

  test('any label name is valid', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        expect(labelName(name, WITH) ?? 'none').toMatch(/^[A-Za-z_][A-Za-z0-9_]*$/);
      }),
    );
  });
});
