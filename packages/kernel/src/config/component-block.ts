/** One component's block of the configuration: its definition is found, its configuration decoded and checked. */
import type { ComponentKind, Definition, Problem } from '../component/definition.ts';
import type { ExporterDefinition } from '../component/exporter.ts';
import { problem } from '../errors/problem.ts';
import { KERNEL_MODULE } from '../module.ts';
import { parseComponentId } from './component-id.ts';
import { type AnyObjectSchema, decodeBlock } from './decode.ts';
import { DecodeContext, type DecodeShared } from './decode-context.ts';
import { type ExporterOptions, exporterOptionsSchema, exporterSchema, sharedProperties } from './exporter-options.ts';
import { didYouMean } from './nearest.ts';
import type { PluginLookup } from './resolved.ts';
import type { MapEntry } from './tree.ts';
import { type Validate, validatorOf } from './validator.ts';
import { applyVerdict } from './verdict.ts';

/** A component as configured. `definition` is missing when there is no package, `config` when it has errors. */
export interface ComponentBlock {
  readonly id: string;
  readonly kind: ComponentKind;
  readonly entry: MapEntry;
  readonly disabled: boolean;
  readonly definition: Definition | undefined;
  readonly config: unknown;
  readonly cx: DecodeContext;
}

/** A decoded block without defaults, by canonical keys. */
type Written = Readonly<Record<string, unknown>>;

/** The section a kind is configured in. */
export function sectionOf(kind: ComponentKind): string {
  return `${kind}s`;
}

/** Never throws: everything wrong goes to `shared.problems`. */
export async function resolveComponent(
  kind: ComponentKind,
  entry: MapEntry,
  plugins: PluginLookup,
  shared: DecodeShared,
): Promise<ComponentBlock> {
  const id = entry.key;
  const cx = new DecodeContext(shared, [sectionOf(kind), id]);
  const block = { id, kind, entry, cx, config: undefined };
  const at = { position: entry.keyPosition, path: entry.value.path };
  const parsed = parseComponentId(id);
  if (parsed === undefined) {
    shared.problems.push(problem('TFO_ERR_CONFIG_ID', { ...at, params: { id } }));
    return { ...block, disabled: false, definition: undefined };
  }
  if (kind === 'exporter' && isDisabled(entry)) return { ...block, disabled: true, definition: undefined };
  const found = await plugins.find(kind, parsed.type);
  if ('problem' in found) {
    const known = plugins.known(kind);
    const hinted = known.includes(parsed.type) || found.hint.includes('did you mean');
    const meant = hinted ? undefined : didYouMean(parsed.type, known);
    const todo = meant === undefined ? found.hint : `${meant} Otherwise: ${found.hint}`;
    shared.problems.push(problem('TFO_ERR_CONFIG_COMPONENT', { ...at, params: { reason: found.problem, todo } }));
    return { ...block, disabled: false, definition: undefined };
  }
  const module = found.module ?? plugins.module?.(found);
  const config = await decodeComponent(found, module, entry, cx);
  return { ...block, disabled: false, definition: found, config };
}

/** Decodes and validates a block by one of the kernel's own schemas; what is wrong in it is left out of the result. */
export async function decodeOwn(
  schema: AnyObjectSchema,
  entry: MapEntry,
  cx: DecodeContext,
  what: string,
): Promise<unknown> {
  const decoded = decodeBlock(schema, entry.value, entry.keyPosition, cx);
  if (decoded === undefined) return undefined;
  const written = decoded.plain as Written;
  const validate = await validatorFor(written, schema, KERNEL_MODULE, entry, cx, what);
  if (validate !== undefined) applyVerdict(validate, written, schema, cx);
  return decoded.value;
}

/** The schema a component's block is decoded by. */
export function blockSchema(definition: Definition): AnyObjectSchema {
  return definition.kind === 'exporter' ? exporterSchema(definition) : (definition.config as AnyObjectSchema);
}

async function decodeComponent(
  definition: Definition,
  module: string | undefined,
  entry: MapEntry,
  cx: DecodeContext,
): Promise<unknown> {
  const schema = blockSchema(definition);
  const decoded = decodeBlock(schema, entry.value, entry.keyPosition, cx);
  if (decoded === undefined) return undefined;
  const what = `${definition.kind} "${entry.key}"`;
  const own = definition.config as AnyObjectSchema;
  const plain = decoded.plain as Written;
  const written = pick(plain, Object.keys(own.properties));
  const validate = await validatorFor(written, own, module, entry, cx, what);
  if (validate !== undefined) applyVerdict(validate, written, schema, cx);
  if (definition.kind === 'exporter') {
    // Shared options have a validator of their own: a package's prebuilt one must not depend on the kernel's version.
    const shared = exporterOptionsSchema as unknown as AnyObjectSchema;
    const options = pick(plain, Object.keys(sharedProperties(own)));
    const verdict = await validatorFor(options, shared, KERNEL_MODULE, entry, cx, what);
    if (verdict !== undefined) applyVerdict(verdict, options, schema, cx);
  }
  if (cx.failed) return undefined;
  runCheck(definition, decoded.value, entry, cx);
  if (definition.kind === 'exporter') {
    warnUnsupportedSwitches(definition, plain, cx);
    refuseDurableQueue(entry.key, decoded.value, cx);
  }
  return cx.failed ? undefined : decoded.value;
}

/** Undefined where nothing was written and nothing has to be, for then there is nothing to judge; or: reported. */
async function validatorFor(
  written: Written,
  schema: AnyObjectSchema,
  module: string | undefined,
  entry: MapEntry,
  cx: DecodeContext,
  component: string,
): Promise<Validate | undefined> {
  if (Object.keys(written).length === 0 && (schema.required ?? []).length === 0) return undefined;
  const validate = await validatorOf(schema, module);
  if (validate === undefined) {
    cx.fail('TFO_ERR_CONFIG_NO_VALIDATOR', [], entry.value, { position: entry.keyPosition, params: { component } });
  }
  return validate;
}

function runCheck(definition: Definition, config: unknown, entry: MapEntry, cx: DecodeContext): void {
  let found: readonly Problem[];
  try {
    found = definition.check?.(config) ?? [];
  } catch (error) {
    const params = { component: entry.key, reason: error instanceof Error ? error.message : String(error) };
    cx.fail('TFO_ERR_CONFIG_CHECK_FAILED', [], entry.value, { position: entry.keyPosition, params });
    return;
  }
  for (const each of found) {
    const { node, keyPosition, exact } = cx.nearestPlace(each.path);
    const position = exact && each.path.length > 0 ? node.position : (keyPosition ?? node.position);
    const details = {
      position: position ?? entry.keyPosition,
      path: exact ? node.path : [...entry.value.path, ...each.path],
      hint: each.hint,
      params: { reason: each.message, component: entry.key },
    };
    if (each.severity === 'warning') cx.warn('TFO_WARN_CONFIG_CHECK', node, details);
    else cx.fail('TFO_ERR_CONFIG_CHECK', each.path, node, details);
  }
}

/** Taking the key without a durable queue would promise what a restart breaks. */
function refuseDurableQueue(id: string, config: unknown, cx: DecodeContext): void {
  const storage = (config as Partial<ExporterOptions>).queue?.storage ?? '';
  if (storage === '') return;
  const path = ['queue', 'storage'];
  cx.fail('TFO_ERR_CONFIG_DURABLE_QUEUE', path, cx.nearestPlace(path).node, { params: { id, storage } });
}

function warnUnsupportedSwitches(
  definition: ExporterDefinition,
  plain: Readonly<Record<string, unknown>>,
  cx: DecodeContext,
): void {
  for (const signal of ['traces', 'metrics', 'logs'] as const) {
    const own = Object.hasOwn(definition.config.properties, signal);
    if (own || definition.signals[signal] !== undefined || plain[signal] !== true) continue;
    cx.warn('TFO_WARN_CONFIG_SIGNAL', cx.nearestPlace([signal]).node, { params: { id: definition.type, signal } });
  }
}

/** Decided before anything else is read: a disabled exporter needs no package, variable or file. */
function isDisabled(entry: MapEntry): boolean {
  if (entry.value.kind !== 'map') return false;
  const enabled = entry.value.entries.get('enabled')?.value;
  if (enabled?.kind !== 'scalar') return false;
  return enabled.value === false || (enabled.substitution !== undefined && /^\s*false\s*$/i.test(enabled.text));
}

function pick(plain: Written, keys: readonly string[]): Written {
  return Object.fromEntries(keys.filter((key) => Object.hasOwn(plain, key)).map((key) => [key, plain[key]]));
}
