/** What the validator objects to, in words for a person, at the place where it was written. */
import type { ConfigPath } from '../errors/problem.ts';
import type { AnyObjectSchema } from './decode.ts';
import type { DecodeContext } from './decode-context.ts';
import { expected } from './decode-scalar.ts';
import { didYouMean } from './nearest.ts';
import type { FieldSchema } from './schema.ts';
import type { ConfigNode } from './tree.ts';
import type { Validate, Verdict } from './validator.ts';

/** Runs the validator over a decoded block and reports what it objects to. */
export function applyVerdict(validate: Validate, plain: unknown, schema: AnyObjectSchema, cx: DecodeContext): void {
  if (validate(plain)) return;
  const reported = new Set<string>();
  for (const verdict of validate.errors ?? []) {
    const path = pathOf(verdict, plain);
    const key = JSON.stringify([path, verdict.keyword]);
    if (reported.has(key) || isNoise(verdict, valueAt(plain, path)) || failedAbove(path, cx)) continue;
    reported.add(key);
    report(verdict, path, schema, cx);
  }
}

/** Decoding has settled types already; the branches of a union that were not meant say nothing useful. */
function isNoise(verdict: Verdict, value: unknown): boolean {
  if (verdict.keyword === 'anyOf' || verdict.keyword === 'additionalProperties') return true;
  if (verdict.keyword === 'type') return verdict.params['type'] !== 'integer' || typeof value !== 'number';
  return false;
}

function report(verdict: Verdict, path: ConfigPath, schema: AnyObjectSchema, cx: DecodeContext): void {
  const { node, keyPosition, exact } = cx.nearestPlace(path);
  const field = fieldAt(schema, path);
  if (verdict.keyword === 'required') {
    const key = String(path.at(-1));
    const description = field?.description ?? '';
    const writtenPath = exact ? node.path : [...node.path, key];
    const position = exact ? node.position : (keyPosition ?? node.position);
    cx.fail('TFO_ERR_CONFIG_REQUIRED', path, node, {
      position,
      path: writtenPath,
      params: { key, description },
      hint: exact ? `it is set to nothing; give it a value: ${description}` : undefined,
    });
    return;
  }
  const { reason, todo } = explain(verdict, field, node);
  cx.fail('TFO_ERR_CONFIG_VALUE', path, node, { params: { reason, todo } });
}

function explain(
  verdict: Verdict,
  field: FieldSchema | undefined,
  node: ConfigNode,
): { readonly reason: string; readonly todo: string } {
  const text = printable(node, field);
  switch (verdict.keyword) {
    case 'enum': {
      const words = (verdict.params['allowedValues'] as readonly string[]) ?? [];
      const meant = text === undefined ? undefined : didYouMean(text, words);
      const what = text === undefined ? 'this is none of the known words' : `"${text}" is none of the known words`;
      const choices = `write one of ${words.join(', ')}`;
      return { reason: what, todo: meant === undefined ? choices : `${meant} Or ${choices}` };
    }
    case 'minimum':
      return { reason: 'the number is too small', todo: `write ${verdict.params['limit']} or more` };
    case 'maximum':
      return { reason: 'the number is too large', todo: `write ${verdict.params['limit']} or less` };
    case 'minItems':
      return { reason: 'the list is too short', todo: `give at least ${verdict.params['limit']}` };
    case 'type':
      return { reason: 'expected a whole number', todo: 'write it without fraction' };
    default:
      return explainPattern(field, text);
  }
}

function explainPattern(
  field: FieldSchema | undefined,
  text: string | undefined,
): { readonly reason: string; readonly todo: string } {
  if (field !== undefined && 'format' in field && field.format === 'url') {
    const bare = text !== undefined && /^[\w.-]+(?::\d+)?(?:\/.*)?$/.test(text) ? text : 'host:port/path';
    return { reason: 'not an http or https URL', todo: `write http://${bare} or https://${bare}` };
  }
  if (field !== undefined && 'format' in field && field.format === 'address') {
    return { reason: 'not an address', todo: 'write host:port, as 127.0.0.1:4318' };
  }
  if (field === undefined) return { reason: 'this value is not allowed here', todo: 'see the reference page' };
  return { reason: 'the text has not the form of this option', todo: `write ${expected(field)}: ${field.description}` };
}

/** The value as written, unless it may be a secret: text from the environment is never shown. */
function printable(node: ConfigNode, field: FieldSchema | undefined): string | undefined {
  if (node.kind !== 'scalar' || node.substitution !== undefined) return undefined;
  if (field === undefined || 'secret' in field || node.text.includes('@')) return undefined;
  return node.text.length <= 80 ? node.text : undefined;
}

/** JSON pointer, plus the missing key where that is the objection. */
function pathOf(verdict: Verdict, plain: unknown): ConfigPath {
  const path: (string | number)[] = [];
  let value = plain;
  for (const part of verdict.instancePath.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(Array.isArray(value) ? Number(key) : key);
    value = child(value, key);
  }
  if (verdict.keyword === 'required') path.push(String(verdict.params['missingProperty']));
  return path;
}

function valueAt(plain: unknown, path: ConfigPath): unknown {
  return path.reduce((value, part) => child(value, String(part)), plain);
}

function child(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;
}

function failedAbove(path: ConfigPath, cx: DecodeContext): boolean {
  return path.some((_, index) => cx.hasFailed(path.slice(0, index + 1)));
}

/** The field a path leads to, through maps, lists and unions. */
function fieldAt(schema: AnyObjectSchema, path: ConfigPath): FieldSchema | undefined {
  let fields: readonly FieldSchema[] = [{ description: '', ...schema }];
  for (const part of path) fields = fields.flatMap(alternatives).flatMap((field) => step(field, part));
  return fields.flatMap(alternatives).find((field) => !('type' in field) || field.type !== 'boolean') ?? fields[0];
}

function alternatives(field: FieldSchema): readonly FieldSchema[] {
  return 'oneOfTypes' in field ? field.oneOfTypes : [field];
}

function step(field: FieldSchema, part: string | number): readonly FieldSchema[] {
  if ('items' in field) return [field.items];
  if ('values' in field) return [field.values];
  if (!('properties' in field)) return [];
  const next = Object.hasOwn(field.properties, part) ? field.properties[part] : undefined;
  return next === undefined ? [] : [next];
}
