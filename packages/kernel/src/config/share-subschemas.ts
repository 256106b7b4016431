/** Moves what a JSON Schema repeats into its `$defs`: the schema of an editor shrinks to a fraction. */
import type { JsonSchema } from './json-schema.ts';

/** Shorter ones are no longer than a reference to them. */
const SHORTEST = 80;

/** An equal schema in which every repeated subschema of some size stands once. It has no `$defs` of its own. */
export function shareSubschemas(schema: JsonSchema): JsonSchema {
  const times = new Map<string, number>();
  const count = (each: JsonSchema): JsonSchema => {
    const text = JSON.stringify(each);
    const before = times.get(text) ?? 0;
    times.set(text, before + 1);
    return before === 0 ? mapSubschemas(each, count) : each;
  };
  mapSubschemas(schema, count);

  const names = new Map<string, string>();
  const definitions: Record<string, JsonSchema> = {};
  const share = (each: JsonSchema): JsonSchema => {
    const text = JSON.stringify(each);
    if (text.length < SHORTEST || times.get(text) === 1) return mapSubschemas(each, share);
    let name = names.get(text);
    if (name === undefined) {
      name = `shared-${names.size + 1}`;
      names.set(text, name);
      definitions[name] = mapSubschemas(each, share);
    }
    return { $ref: `#/$defs/${name}` };
  };
  return { ...mapSubschemas(schema, share), $defs: definitions };
}

/** The schema with each schema directly in it replaced; what only looks like one, as a default, stays. */
function mapSubschemas(schema: JsonSchema, replace: (each: JsonSchema) => JsonSchema): JsonSchema {
  const all = (value: unknown): unknown =>
    Object.fromEntries(Object.entries(value as Record<string, JsonSchema>).map(([key, each]) => [key, replace(each)]));
  const entries = Object.entries(schema).map(([key, value]) => {
    if (key === 'properties' || key === 'patternProperties') return [key, all(value)];
    if (key === 'anyOf') return [key, (value as readonly JsonSchema[]).map(replace)];
    const one = (key === 'items' || key === 'additionalProperties') && typeof value === 'object';
    return [key, one ? replace(value as JsonSchema) : value];
  });
  return Object.fromEntries(entries);
}
