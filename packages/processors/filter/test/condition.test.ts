/** Conditions: what they match, and what is refused with a place and a hint. */
import { describe, expect, test } from '@jest/globals';
import { type AttributeMap, DOUBLES, type LogRecord, type MetricRecord, type SpanRecord } from '@telemetryflow/otlp';
import { deepFreeze, logs, metrics, spans } from '@telemetryflow/testkit';
import { compileCondition } from '../src/condition/compile.ts';
import { ConditionError } from '../src/condition/error.ts';
import { EvaluationError } from '../src/condition/expression.ts';
import type { ContextName, Subject } from '../src/condition/subject.ts';

const attributes: AttributeMap = deepFreeze({
  'http.route': '/Health',
  code: 503,
  ratio: 2,
  big: 9_007_199_254_740_993n,
  on: true,
  empty: null,
  list: ['a', 1],
  map: { inner: { deep: 'x' } },
  [DOUBLES]: new Set(['ratio']),
});
const resource = { attributes: { 'service.name': 'shop' } };
const scope = { name: 'lib', version: '1.2.0' };
const [madeSpan] = spans(1);
const span: SpanRecord = {
  ...(madeSpan as SpanRecord),
  name: 'GET /health',
  kind: 1,
  status: { code: 2, message: 'refused' },
  startTime: [100, 0],
  endTime: [100, 5_000_000],
  attributes,
};
const [madeLog] = logs(1, { variety: 'plain' });
const log: LogRecord = {
  ...(madeLog as LogRecord),
  body: 'user 42 logged in',
  severityNumber: 9,
  severityText: 'INFO',
  attributes,
};
const metric = metrics(1, { kinds: ['counter'] })[0]?.scopeMetrics[0]?.metrics[0] as MetricRecord;
const event = { time: [100, 1] as const, name: 'exception', attributes: { 'exception.type': 'Timeout' } };

const SUBJECTS: Readonly<Record<ContextName, Subject>> = {
  span: { resource, scope, span },
  spanevent: { resource, scope, span, event },
  metric: { resource, scope, metric },
  datapoint: { resource, scope, metric, point: { ...metric.dataPoints[0], value: 7, attributes } as never },
  log_record: { resource, scope, log },
};
const matches = (text: string, context: ContextName = 'span'): boolean =>
  compileCondition(text, context).matches(SUBJECTS[context]);

describe('a condition matches', () => {
  test.each<[string, ContextName]>([
    ['name == "GET /health"', 'span'],
    ['span.name == "GET /health" and kind == SPAN_KIND_SERVER', 'span'],
    ['kind.string == "Server"', 'span'],
    ['status.code == STATUS_CODE_ERROR and status.message != ""', 'span'],
    ['attributes["code"] >= 500', 'span'],
    ['attributes["code"] == 503.0', 'span'],
    ['attributes["big"] == 9007199254740993', 'span'],
    ['attributes["missing"] == nil and attributes["code"] != nil', 'span'],
    ['attributes["empty"] == nil', 'span'],
    ['attributes["on"] == true', 'span'],
    ['attributes["map"]["inner"]["deep"] == "x"', 'span'],
    ['attributes["list"][1] == 1', 'span'],
    ['resource.attributes["service.name"] == "shop"', 'span'],
    ['instrumentation_scope.name == "lib" and scope.version == "1.2.0"', 'span'],
    ['end_time_unix_nano - start_time_unix_nano < 10000000', 'span'],
    ['end_time_unix_nano - start_time_unix_nano == 5 * 1000 * 1000', 'span'],
    ['trace_id.string != "" and span_id.string != "0000000000000000"', 'span'],
    ['IsRootSpan()', 'span'],
    ['IsMatch(attributes["http.route"], "(?i)^/health$")', 'span'],
    ['IsMatch(attributes["code"], "^5..$")', 'span'],
    ['not IsMatch(attributes["missing"], ".*")', 'span'],
    ['HasPrefix(name, "GET ") and HasSuffix(name, "health")', 'span'],
    ['ToLowerCase(attributes["http.route"]) == "/health"', 'span'],
    ['ToUpperCase(name) == "GET /HEALTH"', 'span'],
    ['IsInt(attributes["code"]) and not IsDouble(attributes["code"])', 'span'],
    ['IsDouble(attributes["ratio"]) and not IsInt(attributes["ratio"])', 'span'],
    ['IsString(name) and IsBool(attributes["on"])', 'span'],
    ['IsMap(attributes["map"]) and IsList(attributes["list"])', 'span'],
    ['Len(name) == 11 and Len(attributes["list"]) == 2', 'span'],
    ['ContainsValue(attributes["list"], "a")', 'span'],
    ['Int("42") == 42 and Double("1.5") == 1.5 and String(7) == "7"', 'span'],
    ['Int("x") == nil', 'span'],
    ['1 == 2 or 1 == 1 and true', 'span'],
    ['(1 == 1 or 1 == 2) and not (1 == 2)', 'span'],
    ['-1 < 0 and 1.5e1 == 15', 'span'],
    ['"a" + "b" == "ab"', 'span'],
    ['name == "exception" and attributes["exception.type"] == "Timeout"', 'spanevent'],
    ['span.name == "GET /health" and spanevent.name == "exception"', 'spanevent'],
    ['name == "test.counter.int" and type == METRIC_DATA_TYPE_SUM and is_monotonic == true', 'metric'],
    ['unit == "By" and aggregation_temporality == AGGREGATION_TEMPORALITY_CUMULATIVE', 'metric'],
    ['HasAttrKeyOnDatapoint("item.id")', 'metric'],
    ['metric.name == "test.counter.int" and value_int == 7 and value_double == nil', 'datapoint'],
    ['datapoint.attributes["code"] == 503 and count == nil', 'datapoint'],
    ['severity_number < SEVERITY_NUMBER_WARN and severity_text == "INFO"', 'log_record'],
    ['IsMatch(body, "user \\\\d+") and log.event_name == ""', 'log_record'],
    ['body == "user \\u0034\\u0032 logged in"', 'log_record'],
  ])('%s', (text, context) => {
    expect(matches(text, context)).toBe(true);
  });
});

describe('a condition does not match', () => {
  test.each<[string, ContextName]>([
    ['attributes["code"] == "503"', 'span'],
    ['attributes["missing"] > 0', 'span'],
    ['attributes["missing"] < 0', 'span'],
    ['attributes["map"]["inner"]["deep"]["deeper"] == "x"', 'span'],
    ['attributes["list"][7] != nil', 'span'],
    ['attributes["toString"] != nil', 'span'],
    ['attributes["http.route"] > 5', 'span'],
    ['IsMatch(attributes["http.route"], "^/health$")', 'span'],
  ])('%s', (text, context) => {
    expect(matches(text, context)).toBe(false);
  });
});

test.each(['HasPrefix(attributes["code"], "5")', 'Len(attributes["code"]) == 1', 'attributes["map"] + 1 == 2'])(
  '%s cannot be evaluated',
  (text) => {
    expect(() => matches(text)).toThrow(EvaluationError);
  },
);

describe('a condition is refused with a column and a hint', () => {
  const faults: readonly [string, number, RegExp, RegExp?, ContextName?][] = [
    ['nam == "x"', 1, /nam is not a path of span/, /did you mean "name"/],
    ['name == "x" and status.cod == 1', 17, /status\.cod is not a path/, /status\.code/],
    ['trace_id == "x"', 1, /trace_id is not a path/, /trace_id\.string/],
    ['severity_number > 3', 1, /not a path of span conditions/],
    ['kind == SPAN_KIND_SERVR', 9, /SPAN_KIND_SERVR is not a known name/, /SPAN_KIND_SERVER/],
    ['IsMach(name, "x")', 1, /no function IsMach/, /IsMatch/],
    ['IsMatch(name)', 1, /takes 2 arguments, not 1/, /IsMatch\(value, pattern\)/],
    ['IsMatch(name, "(")', 15, /Invalid regular expression/],
    ['IsMatch(name, "[[:alpha:]]")', 15, /POSIX/],
    ['IsMatch(name, name)', 15, /must be a string in double quotes/],
    ['IsRootSpan() == true', 1, /cannot be used in log_record/, /span conditions/, 'log_record'],
    ["name == 'x'", 9, /unexpected "'"/, /double quotes/],
    ['name = "x"', 6, /unexpected "="/, /==/],
    ['name == "x" && true', 13, /unexpected "&"/, /and/],
    ['name == "x', 9, /no end/],
    ['name == "\\d"', 10, /unknown escape \\d/],
    ['name ==', 8, /ends too early/],
    ['', 1, /ends too early/],
    ['name', 1, /a value, not a condition/, /==/],
    ['attributes["a"]', 1, /a value, not a condition/],
    ['5', 1, /a value, not a condition/],
    ['name == 5', 6, /never equal/],
    ['kind != "SPAN_KIND_SERVER"', 6, /a number is never equal to a string/],
    ['name["x"] == 1', 1, /has no keys/],
    ['name == "a" name == "b"', 13, /unexpected "name"/, /and or or|and, or/],
    ['1 < kind < 3', 10, /unexpected "<"/, /two values/],
    ['kind / 2 == 1', 6, /unexpected "\/"/, /not supported/],
    ['attributes["a"].b == 1', 17, /unexpected "b"/, /\["key"\]/],
    ['attributes[name] == 1', 12, /expected a key/],
    ['and name == "x"', 1, /expected a value before and/],
    [`${'('.repeat(100)}true${')'.repeat(100)}`, 65, /too deep/],
    [`${'not '.repeat(100)}true`, 257, /too deep/],
    [`name == "${'x'.repeat(10_000)}"`, 1, /at most 10000 characters/],
  ];
  test.each(faults.map((fault) => [fault[0].slice(0, 40), fault] as const))('%s', (_, fault) => {
    const [text, column, message, hint, context = 'span'] = fault;
    let caught: unknown;
    try {
      compileCondition(text, context);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(ConditionError);
    const error = caught as ConditionError;
    expect([error.column, error.message]).toEqual([column, expect.stringMatching(message)]);
    if (hint !== undefined) expect(error.hint).toMatch(hint);
  });
});

test('a condition knows whether it reads only the resource', () => {
  expect(compileCondition('resource.attributes["a"] == 1 and IsMatch(resource.schema_url, "x")', 'span')).toMatchObject(
    { resourceOnly: true },
  );
  expect(compileCondition('resource.attributes["a"] == 1 or name == "x"', 'span').resourceOnly).toBe(false);
  expect(compileCondition('IsRootSpan()', 'span').resourceOnly).toBe(false);
});
