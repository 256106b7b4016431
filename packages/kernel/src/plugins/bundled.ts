/** What a program that is one file holds: packages that stand in no folder, validators that lie beside no module. */
import { findPackageJSON } from 'node:module';
import { adoptValidators, type Validate } from '../config/validator.ts';

/** What a program that is one file holds of its packages. */
export interface Bundle {
  /** Names of the packages in the file. */
  readonly packages: readonly string[];
  /** The prebuilt validators of all of them, by schema fingerprint. */
  readonly validators: Readonly<Record<string, unknown>>;
}

const bundled = new Set<string>();

/**
 * Called by the entry of a bundle before anything else.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { adoptBundle, type Bundle, isInstalled } from '@telemetryflow/kernel';
 *
 * assert.equal(isInstalled('@acme/receiver', import.meta.url), false);
 * const bundle: Bundle = { packages: ['@acme/receiver'], validators: {} };
 * adoptBundle(bundle);
 * assert.equal(isInstalled('@acme/receiver', import.meta.url), true);
 * ```
 */
export function adoptBundle({ packages, validators }: Bundle): void {
  for (const name of packages) bundled.add(name);
  adoptValidators(validators as Readonly<Record<string, Validate>>);
}

/**
 * True when a module at `from` (a file URL) can import this package: it is in the bundle, or in a folder.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { isInstalled } from '@telemetryflow/kernel';
 *
 * assert.equal(isInstalled('@telemetryflow/kernel', import.meta.url), true);
 * assert.equal(isInstalled('@acme/nowhere', import.meta.url), false);
 * ```
 */
export function isInstalled(name: string, from: string): boolean {
  if (bundled.has(name)) return true;
  try {
    return findPackageJSON(name, from) !== undefined;
  } catch {
    return false;
  }
}
