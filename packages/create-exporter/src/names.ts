/** The forms in which a backend's name appears in an exporter package. */
import { ScaffoldError } from './error.ts';

/** One name in the forms that a package needs it in. */
export interface Names {
  /** The component type in configurations: `acme_cloud`. */
  readonly type: string;
  /** In names of packages, folders and hosts: `acme-cloud`. */
  readonly dash: string;
  /** `acmeCloud`. */
  readonly camel: string;
  /** `AcmeCloud`. */
  readonly Pascal: string;
  /** For people: `Acme Cloud`. */
  readonly title: string;
  /** Under which the kernel finds the package by its type: `telemetryflow-exporter-acme-cloud`. */
  readonly package: string;
}

/**
 * All forms of a component type. Official packages are in the npm scope `@telemetryflow`, everybody else's are named
 * `telemetryflow-exporter-<type>`. Throws a {@link ScaffoldError} for what is no type.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type Names, namesOf } from '@telemetryflow/create-exporter';
 *
 * const names: Names = namesOf('acme_cloud', 'third-party');
 * assert.equal(names.package, 'telemetryflow-exporter-acme-cloud');
 * assert.equal(names.title, 'Acme Cloud');
 * assert.throws(() => namesOf('AcmeCloud', 'third-party'), /is no type/);
 * ```
 */
export function namesOf(type: string, owner: 'official' | 'third-party'): Names {
  if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(type)) {
    throw new ScaffoldError(`"${type}" is no type: write lower-case words joined by underscores, as acme_cloud.`);
  }
  const words = type.split('_').map((word) => (word[0] ?? '').toUpperCase() + word.slice(1));
  const Pascal = words.join('');
  const dash = type.replaceAll('_', '-');
  return {
    type,
    dash,
    camel: (Pascal[0] ?? '').toLowerCase() + Pascal.slice(1),
    Pascal,
    title: words.join(' '),
    package: owner === 'official' ? `@telemetryflow/exporter-${dash}` : `telemetryflow-exporter-${dash}`,
  };
}
