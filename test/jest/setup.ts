/** Runs before the tests of a project that imports libraries as bundles. */
import { bundleLibraries } from './libraries.ts';

export default async function setup(): Promise<void> {
  await bundleLibraries();
}
