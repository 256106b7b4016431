/**
 * Prints as JSON what `attw --profile esm-only` holds against each tarball named, by its path: one process for all of
 * them, which loads a compiler once.
 */
import { readFileSync } from 'node:fs';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';

/** What the profile does not ask for: we publish ES modules only. */
const IGNORED: readonly string[] = ['node10', 'node16-cjs'];

async function faultsOf(file: string): Promise<readonly unknown[]> {
  const result = await checkPackage(createPackageFromTarballData(readFileSync(file)));
  if (result.types === false) return ['no types'];
  return result.problems.filter((each) => !('resolutionKind' in each && IGNORED.includes(each.resolutionKind)));
}

async function main(files: readonly string[]): Promise<void> {
  const found: Record<string, readonly unknown[]> = {};
  for (const file of files) found[file] = await faultsOf(file);
  console.log(JSON.stringify(found));
}

void main(process.argv.slice(2));
