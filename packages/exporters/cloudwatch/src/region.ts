/** Whether a region will be known at the start: the places where the AWS SDK looks, without loading it. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

/** True where the variable `AWS_REGION` or the file of AWS profiles names a region. Reads that file. */
export function environmentNamesRegion(env: Readonly<NodeJS.ProcessEnv> = process.env): boolean {
  if ((env['AWS_REGION'] ?? '') !== '') return true;
  const files = [
    env['AWS_CONFIG_FILE'] ?? path.join(homedir(), '.aws', 'config'),
    env['AWS_SHARED_CREDENTIALS_FILE'] ?? path.join(homedir(), '.aws', 'credentials'),
  ];
  return files.some((file) => /^[ \t]*region[ \t]*=[ \t]*\S/m.test(textOf(file)));
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Profiles are optional: a file that is not there names no region.
    return '';
  }
}
