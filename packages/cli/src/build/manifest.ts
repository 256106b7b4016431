/** The manifest of a distribution: which components are built into it. */
import type { ObjectSchema } from '@telemetryflow/kernel';

/** Decoded. */
export interface Manifest {
  readonly dist: {
    readonly name: string;
    readonly version: string;
    readonly description?: string;
    readonly output_path: string;
  };
  readonly receivers: readonly string[];
  readonly processors: readonly string[];
  readonly exporters: readonly string[];
  readonly connectors: readonly string[];
  readonly extensions: readonly string[];
}

const components = (kind: string) =>
  ({
    type: 'array',
    default: [],
    description: `The ${kind}, each as a type (loki) or as a package (@acme/exporter-x@1.2.0).`,
    items: { type: 'string', description: 'Type, or package with or without @version.' },
  }) as const;

export const manifestSchema: ObjectSchema<Manifest> = {
  type: 'object',
  required: ['dist', 'exporters'],
  properties: {
    dist: {
      type: 'object',
      description: 'What is built.',
      required: ['name'],
      properties: {
        name: {
          type: 'string',
          pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$',
          description: 'Name of the command and of its file: letters, digits, dots and dashes.',
        },
        version: { type: 'string', default: '1.0.0', description: 'What --version prints.' },
        description: { type: 'string', description: 'What the command is for, in its help.' },
        output_path: {
          type: 'string',
          default: './dist',
          description: 'Folder for what is built, from the folder of the manifest.',
        },
      },
    },
    receivers: components('receivers'),
    processors: components('processors'),
    exporters: components('exporters'),
    connectors: components('connectors'),
    extensions: components('extensions'),
  },
};
