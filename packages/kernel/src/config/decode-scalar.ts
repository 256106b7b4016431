/** Scalars by their schema. The schema decides the type of unquoted and of substituted text. */
import type { ConfigPath } from '../errors/problem.ts';
import type { DecodeContext } from './decode-context.ts';
import { originOf } from './origin.ts';
import type {
  BooleanSchema,
  DurationSchema,
  FieldSchema,
  NumberSchema,
  SecretSchema,
  SizeSchema,
  StringSchema,
} from './schema.ts';
import { Secret } from './secret.ts';
import { type ConfigNode, describeNode, type ScalarNode } from './tree.ts';
import { parseDuration, parseSize } from './units.ts';

/** `plain` is what the validator sees: JSON, as written. `value` is what the component gets. */
export interface Decoded {
  readonly plain: unknown;
  readonly value: unknown;
}

/** Where a value stands in its schema. */
export interface Site {
  /** Canonical keys within the block. */
  readonly path: ConfigPath;
  /** The component cannot do without it. */
  readonly required: boolean;
}

export type ScalarSchema = StringSchema | SecretSchema | NumberSchema | DurationSchema | SizeSchema | BooleanSchema;

const MAX_PORT = 65_535;
const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;
const BOOLEAN_WORDS: Readonly<Record<string, boolean>> = {
  yes: true,
  on: true,
  y: true,
  '1': true,
  no: false,
  off: false,
  n: false,
  '0': false,
};

/** Undefined: absent, or reported. */
export function decodeScalar(
  schema: ScalarSchema,
  node: ConfigNode,
  site: Site,
  cx: DecodeContext,
): Decoded | undefined {
  if (node.kind !== 'scalar') return wrongType(schema, node, site, cx);
  if (!usable(node, site, cx, 'secret' in schema)) return undefined;
  cx.origin(site.path, originOf(node));
  if ('secret' in schema) return decodeSecret(node, cx);
  if (node.value instanceof Secret) return wrongType(schema, node, site, cx);
  if (schema.type === 'boolean') return decodeBoolean(schema, node, site, cx);
  if (schema.type === 'number' || schema.type === 'integer') return decodeNumber(schema, node, site, cx);
  if ('unit' in schema) return decodeUnit(schema, node, site, cx);
  // Set to nothing means "none": the default where only certain words will do, nothing where one is required.
  if (node.text === '' && (('enum' in schema && schema.enum !== undefined) || site.required)) return undefined;
  const fault = 'format' in schema ? faultOf(schema.format, node.text) : undefined;
  return fault === undefined ? same(node.text) : cx.fail('TFO_ERR_CONFIG_VALUE', site.path, node, { params: fault });
}

/** What the pattern of a format, which decides about its form, cannot tell. */
function faultOf(format: StringSchema['format'], text: string): { reason: string; todo: string } | undefined {
  const port = /:(\d+)$/.exec(format === 'address' ? text : (/^https?:\/\/([^/?#]*)/i.exec(text)?.[1] ?? ''))?.[1];
  if (Number(port ?? 0) > MAX_PORT) return { reason: `there is no port ${port}`, todo: `write 1 to ${MAX_PORT}` };
  if (format !== 'url' || !/^https?:\/\/[^\s/?#]/i.test(text) || URL.canParse(text)) return undefined;
  return { reason: 'no URL can have such a host', todo: 'write http(s)://host:port/path' };
}

/** Reports what substitution could not do. False when there is no value to decode. */
export function usable(node: ScalarNode, site: Site, cx: DecodeContext, secret: boolean): boolean {
  const key = String(node.path.at(-1) ?? '');
  for (const fault of node.substitution?.faults ?? []) {
    if (fault.kind === 'syntax') {
      cx.fail('TFO_ERR_CONFIG_REFERENCE_SYNTAX', site.path, node, { params: { reason: fault.reason } });
    } else if (fault.kind === 'file') {
      const { file, reason } = fault;
      cx.fail('TFO_ERR_CONFIG_REFERENCE_FILE', site.path, node, { params: { file, reason } });
    } else {
      const { variable, text } = fault;
      cx.fail('TFO_ERR_CONFIG_UNSET_MESSAGE', site.path, node, { params: { variable, text } });
    }
  }
  for (const variable of new Set(node.substitution?.unset)) {
    if (secret || site.required) {
      cx.fail('TFO_ERR_CONFIG_UNSET', site.path, node, { params: { key, variable } });
    } else if (!cx.shared.warned.has(variable)) {
      cx.shared.warned.add(variable);
      cx.warn('TFO_WARN_CONFIG_UNSET', node, { params: { key, variable } });
    }
  }
  return node.value !== null && !cx.hasFailed(site.path);
}

function decodeSecret(node: ScalarNode, cx: DecodeContext): Decoded | undefined {
  const secret = node.value instanceof Secret ? node.value : new Secret(node.text);
  if (secret.empty) return undefined;
  const text = secret.reveal();
  const scheme = /^(?:Bearer|Basic|ApiKey|Token|Splunk)\s+(.+)$/is.exec(text)?.[1];
  for (const part of [text, scheme ?? '', ...(node.substitution?.values ?? [])]) cx.shared.secrets.add(part);
  return { plain: text, value: secret };
}

function decodeBoolean(schema: BooleanSchema, node: ScalarNode, site: Site, cx: DecodeContext): Decoded | undefined {
  if (typeof node.value === 'boolean') return same(node.value);
  if (node.substitution !== undefined) {
    if (node.text.trim() === '') return undefined;
    if (/^(?:true|false)$/i.test(node.text.trim())) return same(/^true$/i.test(node.text.trim()));
  }
  const word = node.text.toLowerCase();
  const meant = Object.hasOwn(BOOLEAN_WORDS, word) ? BOOLEAN_WORDS[word] : undefined;
  const quoted = word === 'true' || word === 'false' ? `write ${word} without quotes` : undefined;
  return wrongType(
    schema,
    node,
    site,
    cx,
    meant === undefined ? quoted : `write ${meant}; ${word} is text in YAML 1.2`,
  );
}

function decodeNumber(schema: NumberSchema, node: ScalarNode, site: Site, cx: DecodeContext): Decoded | undefined {
  if (node.substitution !== undefined && node.text.trim() === '') return undefined;
  let value = node.value;
  if (node.substitution !== undefined && NUMBER.test(node.text.trim())) value = Number(node.text);
  if (typeof value === 'bigint') value = Number(value);
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    const quoted = typeof node.value === 'string' && !node.plain && NUMBER.test(node.text);
    return wrongType(schema, node, site, cx, quoted ? `write ${node.text} without quotes` : undefined);
  }
  return same(value);
}

function decodeUnit(
  schema: DurationSchema | SizeSchema,
  node: ScalarNode,
  site: Site,
  cx: DecodeContext,
): Decoded | undefined {
  if (node.text.trim() === '') return undefined;
  const duration = schema.unit === 'duration';
  if (typeof node.value === 'boolean') return wrongType(schema, node, site, cx);
  const parsed = duration ? parseDuration(node.text) : parseSize(node.text);
  if ('value' in parsed) return { plain: node.text.trim(), value: parsed.value };
  const code = duration ? 'TFO_ERR_CONFIG_DURATION' : 'TFO_ERR_CONFIG_SIZE';
  // Text from the environment may be a secret that was put in the wrong place.
  const reason = node.substitution === undefined ? parsed.reason : `not a ${schema.unit}`;
  return cx.fail(code, site.path, node, { params: { reason }, hint: node.substitution ? undefined : parsed.hint });
}

/** `expected …, got …`. */
export function wrongType(
  schema: FieldSchema,
  node: ConfigNode,
  site: Site,
  cx: DecodeContext,
  hint?: string,
): undefined {
  const params = { expected: expected(schema), actual: describeNode(node) };
  return cx.fail('TFO_ERR_CONFIG_TYPE', site.path, node, { params, hint });
}

/** Plain words for what a schema takes. */
export function expected(schema: FieldSchema): string {
  if ('oneOfTypes' in schema) return schema.oneOfTypes.map(expected).join(' or ');
  switch (schema.type) {
    case 'boolean':
      return 'true or false';
    case 'number':
      return 'a number';
    case 'integer':
      return 'a whole number';
    case 'array':
      return 'a list';
    case 'object':
      return 'values' in schema && schema.fromList === true ? 'a map or a list of key:value' : 'a map';
    case 'any':
      return 'a value';
    default:
      return 'unit' in schema ? `a ${schema.unit}` : 'text';
  }
}

function same(value: unknown): Decoded {
  return { plain: value, value };
}
