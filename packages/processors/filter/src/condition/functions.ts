/** The functions of conditions. Each states its arguments; what it cannot work with is an EvaluationError. */
import { type AttributeMap, type AttributeValue, type LogRecord, valueToText } from '@telemetryflow/otlp';
import { EvaluationError, type Expression } from './expression.ts';
import type { StaticType } from './paths.ts';
import { pattern } from './pattern.ts';
import type { ContextName, Subject } from './subject.ts';
import { compare, isMap, isNumber, typeName } from './values.ts';

export interface FunctionEntry {
  readonly type: StaticType;
  /** Names of the arguments; `…` at the end takes the rest. */
  readonly args: readonly string[];
  /** Where it can be called; everywhere when absent. */
  readonly contexts?: readonly ContextName[];
  /** The evaluation; a plain `Error` is a fault of the condition itself. */
  make(args: readonly Expression[]): (subject: Subject) => AttributeValue;
  /** True when it reads more than its arguments. */
  readonly readsItem?: boolean;
}

const MAX_TEXT = 1024 * 1024;

function text(name: string, value: AttributeValue): string {
  if (typeof value === 'string') return value;
  throw new EvaluationError(`${name} needs a string, not ${typeName(value)}`);
}

/** One argument. */
function unary(
  type: StaticType,
  apply: (value: AttributeValue, isDouble: () => boolean) => AttributeValue,
): FunctionEntry {
  return {
    type,
    args: ['value'],
    make: ([arg]) => {
      const { get, isDouble } = argument(arg);
      return (subject) => apply(get(subject), () => isDouble?.(subject) === true);
    },
  };
}

/** Two arguments. */
function binary(
  names: readonly [string, string],
  apply: (a: AttributeValue, b: AttributeValue) => AttributeValue,
): FunctionEntry {
  return {
    type: 'bool',
    args: names,
    make: ([a, b]) => {
      const [first, second] = [argument(a).get, argument(b).get];
      return (subject) => apply(first(subject), second(subject));
    },
  };
}

function argument(expression: Expression | undefined): Expression {
  if (expression === undefined) throw new Error('an argument is missing');
  return expression;
}

function constantText(expression: Expression | undefined, what: string): string {
  const value = expression?.constant?.value;
  if (typeof value !== 'string') throw new Error(`the ${what} must be a string in double quotes`);
  return value;
}

const isInt = (value: AttributeValue, isDouble: () => boolean): boolean =>
  typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value) && !isDouble());

export const FUNCTIONS: ReadonlyMap<string, FunctionEntry> = new Map<string, FunctionEntry>([
  [
    'IsMatch',
    {
      type: 'bool',
      args: ['value', 'pattern'],
      make: ([value, expression]) => {
        const { get } = argument(value);
        const matcher = pattern(constantText(expression, 'pattern'));
        return (subject) => {
          const found = get(subject);
          if (found === null || found === undefined) return false;
          const subjectText = valueToText(found);
          if (subjectText.length > MAX_TEXT) throw new EvaluationError('IsMatch reads at most 1 MiB of text');
          return matcher.test(subjectText);
        };
      },
    },
  ],
  ['HasPrefix', binary(['value', 'prefix'], (v, p) => text('HasPrefix', v).startsWith(text('HasPrefix', p)))],
  ['HasSuffix', binary(['value', 'suffix'], (v, p) => text('HasSuffix', v).endsWith(text('HasSuffix', p)))],
  [
    'ContainsValue',
    binary(['list', 'value'], (list, wanted) => {
      if (!Array.isArray(list)) throw new EvaluationError(`ContainsValue needs a list, not ${typeName(list)}`);
      return list.some((each: AttributeValue) => compare('==', each, wanted));
    }),
  ],
  ['IsString', unary('bool', (value) => typeof value === 'string')],
  ['IsBool', unary('bool', (value) => typeof value === 'boolean')],
  ['IsInt', unary('bool', isInt)],
  ['IsDouble', unary('bool', (value, isDouble) => typeof value === 'number' && !isInt(value, isDouble))],
  ['IsMap', unary('bool', (value) => isMap(value))],
  ['IsList', unary('bool', (value) => Array.isArray(value))],
  ['Len', unary('number', length)],
  ['ToLowerCase', unary('string', (value) => text('ToLowerCase', value).toLowerCase())],
  ['ToUpperCase', unary('string', (value) => text('ToUpperCase', value).toUpperCase())],
  ['String', unary('string', (value) => (value === null || value === undefined ? null : valueToText(value)))],
  ['Int', unary('number', toInt)],
  ['Double', unary('number', toDouble)],
  [
    'IsRootSpan',
    {
      type: 'bool',
      args: [],
      contexts: ['span'],
      readsItem: true,
      make: () => (subject) => (subject.span?.parentSpanContext?.spanId ?? '') === '',
    },
  ],
  [
    'HasAttrKeyOnDatapoint',
    {
      type: 'bool',
      args: ['key'],
      contexts: ['metric'],
      readsItem: true,
      make: ([key]) => {
        const wanted = constantText(key, 'key');
        return (subject) => pointAttributes(subject).some((attributes) => Object.hasOwn(attributes, wanted));
      },
    },
  ],
  [
    'HasAttrOnDatapoint',
    {
      type: 'bool',
      args: ['key', 'value'],
      contexts: ['metric'],
      readsItem: true,
      make: ([key, value]) => {
        const wanted = constantText(key, 'key');
        const wantedValue = constantText(value, 'value');
        return (subject) => pointAttributes(subject).some((a) => Object.hasOwn(a, wanted) && a[wanted] === wantedValue);
      },
    },
  ],
]);

function pointAttributes({ metric }: Subject): readonly AttributeMap[] {
  return (metric?.dataPoints ?? []).map((point: Pick<LogRecord, 'attributes'>) => point.attributes);
}

function length(value: AttributeValue): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length;
  if (isMap(value)) return Object.keys(value).length;
  throw new EvaluationError(`Len needs a string, list or map, not ${typeName(value)}`);
}

/** nil where there is no number to be had, as in OTTL. */
function toInt(value: AttributeValue): AttributeValue {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'number') return Number.isFinite(value) ? Math.trunc(value) : null;
  if (typeof value !== 'string' || !/^[+-]?\d{1,19}$/.test(value)) return null;
  const exact = BigInt(value.replace(/^\+/, ''));
  return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
}

function toDouble(value: AttributeValue): AttributeValue {
  if (isNumber(value)) return Number(value);
  if (typeof value === 'boolean') return Number(value);
  if (typeof value !== 'string' || value.trim() === '') return null;
  const number = Number(value);
  return Number.isNaN(number) ? null : number;
}
