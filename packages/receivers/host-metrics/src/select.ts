/** Which devices, interfaces, filesystems or mount points are measured: the Collector's include and exclude. */
import type { FieldSchema } from '@telemetryflow/kernel';

export interface NameFilter {
  readonly match_type: 'strict' | 'regexp';
  readonly names: readonly string[];
}

/** The schema of a filter whose list goes by the key that the Collector uses (`devices`, `interfaces`, …). */
export function nameFilterSchema(key: string): FieldSchema {
  return {
    type: 'object',
    description: `Selects ${key.replaceAll('_', ' ')}.`,
    properties: {
      match_type: {
        type: 'string',
        enum: ['strict', 'regexp'],
        default: 'strict',
        description: 'Whole names, or patterns.',
      },
      [key]: {
        type: 'array',
        items: { type: 'string', description: 'A name or pattern.' },
        default: [],
        description: 'Names or patterns.',
      },
    },
  };
}

/** True for names that are included and not excluded. A pattern that is none matches nothing. */
export function selector(include: NameFilter | undefined, exclude: NameFilter | undefined): (name: string) => boolean {
  const included = include === undefined || include.names.length === 0 ? undefined : matcher(include);
  const excluded = exclude === undefined ? undefined : matcher(exclude);
  return (name) => included?.(name) !== false && excluded?.(name) !== true;
}

function matcher(filter: NameFilter): (name: string) => boolean {
  if (filter.match_type === 'strict') {
    const names = new Set(filter.names);
    return (name) => names.has(name);
  }
  const patterns = filter.names.map((pattern) => new RegExp(pattern, 'u'));
  return (name) => patterns.some((pattern) => pattern.test(name));
}
