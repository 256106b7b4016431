/**
 * The validator of a schema: the one its package built ahead of time, else one that ajv compiles now.
 * A prebuilt file is `validate.js` beside the module that holds the definition; it exports `validators`, functions
 * by schema fingerprint, so a stale or foreign file is never used.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Ajv } from 'ajv';
import type { AnyObjectSchema } from './decode.ts';
import { schemaFingerprint, toJsonSchema } from './json-schema.ts';

/** One objection, as ajv reports it. */
export interface Verdict {
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** ajv's compiled form: false, and the objections in `errors`. */
export interface Validate {
  (plain: unknown): boolean;
  errors?: readonly Verdict[] | null;
}

/**
 * Settings that prebuilt validators and those compiled now have in common.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { AJV_OPTIONS, toJsonSchema } from '@telemetryflow/kernel';
 * import { Ajv } from 'ajv';
 *
 * // As the build makes the validators of a package.
 * const properties = { port: { type: 'integer', minimum: 1, description: 'The port.' } } as const;
 * const validate = new Ajv(AJV_OPTIONS).compile(toJsonSchema({ type: 'object', properties }));
 * assert.equal(validate({ port: 0, host: 'localhost' }), false);
 * assert.deepEqual(
 *   validate.errors?.map(({ keyword }) => keyword),
 *   ['additionalProperties', 'minimum'],
 * );
 * ```
 */
export const AJV_OPTIONS = { allErrors: true, strict: true, allowUnionTypes: true } as const;

const compiled = new Map<string, Validate>();
let compiler: Ajv | undefined;

/** Undefined when there is no prebuilt validator and ajv is not installed. `module` is a file URL. */
export async function validatorOf(schema: AnyObjectSchema, module: string | undefined): Promise<Validate | undefined> {
  const fingerprint = schemaFingerprint(schema);
  const known = compiled.get(fingerprint);
  if (known !== undefined) return known;
  const validate = (await prebuilt(fingerprint, module)) ?? (await compile(schema));
  if (validate !== undefined) compiled.set(fingerprint, validate);
  return validate;
}

/** Validators by schema fingerprint, as a prebuilt file exports them: they win over those of files. */
export function adoptValidators(validators: Readonly<Record<string, Validate>>): void {
  for (const [fingerprint, validate] of Object.entries(validators)) compiled.set(fingerprint, validate);
}

async function prebuilt(fingerprint: string, module: string | undefined): Promise<Validate | undefined> {
  if (module === undefined || !module.startsWith('file:')) return undefined;
  const url = new URL('./validate.js', module);
  if (!existsSync(fileURLToPath(url))) return undefined;
  try {
    const { validators } = (await import(url.href)) as { validators?: Readonly<Record<string, Validate>> };
    return validators?.[fingerprint];
  } catch {
    // A damaged file is as good as none.
    return undefined;
  }
}

async function compile(schema: AnyObjectSchema): Promise<Validate | undefined> {
  try {
    // `toJsonSchema` made it: to prove it a JSON Schema would cost every such process 40 ms.
    compiler ??= new (await import('ajv')).Ajv({ ...AJV_OPTIONS, validateSchema: false });
  } catch {
    return undefined;
  }
  return compiler.compile(toJsonSchema(schema)) as unknown as Validate;
}
