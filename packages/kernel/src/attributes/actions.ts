/**
 * Actions on attributes as the Collector's `attributes` and `resource` processors define them: insert, update,
 * upsert, delete, hash, extract, convert. Compiled once from the configuration, run once per map.
 */
import type { AttributeMap, AttributeValue } from '@telemetryflow/otlp';
import type { Problem } from '../component/definition.ts';
import type { ObjectSchema } from '../config/schema.ts';
import { convertValue, hashValue } from './convert.ts';
import { AttributeEditor } from './editor.ts';

/** One change of attributes, as the processors `attributes` and `resource` are configured with. */
export interface AttributeAction {
  readonly key?: string;
  readonly action: 'insert' | 'update' | 'upsert' | 'delete' | 'hash' | 'extract' | 'convert';
  readonly value?: AttributeValue;
  readonly from_attribute?: string;
  readonly pattern?: string;
  readonly converted_type?: 'int' | 'double' | 'string';
}

/**
 * The schema of an {@link AttributeAction}.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type ArraySchema, attributeActionSchema, toJsonSchema } from '@telemetryflow/kernel';
 *
 * const actions: ArraySchema = { type: 'array', description: 'Changes, in order.', items: attributeActionSchema };
 * const schema = toJsonSchema({ type: 'object', properties: { actions } });
 * assert.match(JSON.stringify(schema), /"enum":\["insert","update","upsert","delete","hash","extract","convert"\]/);
 * ```
 */
export const attributeActionSchema: ObjectSchema<AttributeAction> & { readonly description: string } = {
  type: 'object',
  description: 'One change; actions run in order.',
  required: ['action'],
  properties: {
    key: { type: 'string', description: 'The attribute to act on.' },
    action: {
      type: 'string',
      enum: ['insert', 'update', 'upsert', 'delete', 'hash', 'extract', 'convert'],
      description: 'What to do: insert only where absent, update only where present, upsert in any case.',
    },
    value: { type: 'any', description: 'The value to insert, update or upsert.' },
    from_attribute: { type: 'string', description: 'Take the value from this attribute instead.' },
    pattern: {
      type: 'string',
      description: 'Regular expression: named groups become attributes (extract), or keys to act on (delete, hash).',
    },
    converted_type: { type: 'string', enum: ['int', 'double', 'string'], description: 'The type to convert to.' },
  },
};

/**
 * Rules between the keys of an action.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { checkAttributeActions, type Problem } from '@telemetryflow/kernel';
 *
 * const problems: Problem[] = checkAttributeActions([{ action: 'insert', key: 'region' }], ['actions']);
 * assert.deepEqual(problems, [
 *   {
 *     path: ['actions', 0],
 *     message: 'action insert needs exactly one of value and from_attribute',
 *     hint: 'Correct this action.',
 *   },
 * ]);
 * ```
 */
export function checkAttributeActions(actions: readonly AttributeAction[], path: readonly string[]): Problem[] {
  return actions.flatMap((action, index) =>
    faultsOf(action).map((message) => ({ path: [...path, index], message, hint: 'Correct this action.' })),
  );
}

function faultsOf(action: AttributeAction): string[] {
  const faults: string[] = [];
  const sets = action.action === 'insert' || action.action === 'update' || action.action === 'upsert';
  const byPattern = action.action === 'delete' || action.action === 'hash';
  if (action.key === undefined && !(byPattern && action.pattern !== undefined)) {
    faults.push(`action ${action.action} needs a key${byPattern ? ' or a pattern' : ''}`);
  }
  if (sets && (action.value === undefined) === (action.from_attribute === undefined)) {
    faults.push(`action ${action.action} needs exactly one of value and from_attribute`);
  }
  if (action.action === 'extract' && !/\(\?P?<[a-zA-Z_]/.test(action.pattern ?? '')) {
    faults.push('action extract needs a pattern with at least one named group, as (?<name>...)');
  }
  if (action.action === 'convert' && action.converted_type === undefined) {
    faults.push('action convert needs a converted_type');
  }
  if (action.pattern !== undefined && expression(action.pattern) === undefined) {
    faults.push('the pattern is not a regular expression');
  }
  return faults;
}

/** A regular expression in Go's or JavaScript's notation of named groups; undefined when it is none. */
function expression(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern.replaceAll('(?P<', '(?<'), 'u');
  } catch {
    return undefined;
  }
}

type Step = (edit: AttributeEditor) => void;

/**
 * A function that applies all actions and gives the very same map back when none changed anything.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type AttributeAction, compileAttributeActions } from '@telemetryflow/kernel';
 *
 * const actions: AttributeAction[] = [
 *   { action: 'delete', key: 'card.number' },
 *   { action: 'insert', key: 'region', value: 'eu' },
 * ];
 * const change = compileAttributeActions(actions);
 * assert.deepEqual({ ...change({ 'card.number': '4111', path: '/pay' }) }, { path: '/pay', region: 'eu' });
 * const untouched = { region: 'us' };
 * assert.equal(change(untouched), untouched);
 * ```
 */
export function compileAttributeActions(actions: readonly AttributeAction[]): (map: AttributeMap) => AttributeMap {
  const steps = actions.map(compileStep);
  return (map) => {
    const edit = new AttributeEditor(map);
    for (const step of steps) step(edit);
    return edit.result();
  };
}

function compileStep(action: AttributeAction): Step {
  const key = action.key ?? '';
  const pattern = action.pattern === undefined ? undefined : expression(action.pattern);
  switch (action.action) {
    case 'insert':
      return (edit) => edit.has(key) || assign(edit, key, action);
    case 'update':
      return (edit) => edit.has(key) && assign(edit, key, action);
    case 'upsert':
      return (edit) => assign(edit, key, action);
    case 'delete':
      return (edit) => forEachKey(edit, action.key, pattern, (name) => edit.delete(name));
    case 'hash':
      return (edit) =>
        forEachKey(edit, action.key, pattern, (name) =>
          edit.set(name, hashValue(edit.get(name), edit.isIntegralDouble(name))),
        );
    case 'extract':
      return (edit) => {
        const value = edit.get(key);
        const groups = typeof value === 'string' ? pattern?.exec(value)?.groups : undefined;
        for (const [name, text] of Object.entries(groups ?? {})) if (text !== undefined) edit.set(name, text);
      };
    case 'convert':
      return (edit) => {
        if (!edit.has(key)) return;
        const converted = convertValue(edit.get(key), action.converted_type ?? 'string');
        if (converted !== undefined) edit.set(key, converted, action.converted_type === 'double');
      };
  }
}

function assign(edit: AttributeEditor, key: string, action: AttributeAction): boolean {
  const source = action.from_attribute;
  if (source === undefined) edit.set(key, action.value);
  else if (edit.has(source)) edit.set(key, edit.get(source), edit.isIntegralDouble(source));
  return true;
}

function forEachKey(
  edit: AttributeEditor,
  key: string | undefined,
  pattern: RegExp | undefined,
  run: (name: string) => void,
): void {
  if (key !== undefined && edit.has(key)) run(key);
  if (pattern !== undefined) for (const name of edit.keys()) if (pattern.test(name)) run(name);
}
