/** Metric lines written by Dynatrace's own library for Java, for comparison. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { mavenArtifact } from './cache.ts';

export const LIBRARY_VERSION = '2.5.0';
const JAR = `dynatrace-metric-utils-java-${LIBRARY_VERSION}.jar`;
const PROGRAM = fileURLToPath(new URL('DynatraceLines.java', import.meta.url));

/** What the library is to write. */
export interface LineRequest {
  readonly name: string;
  readonly dimensions?: readonly (readonly [key: string, value: string])[];
  readonly values: readonly number[];
  readonly kind: 'value' | 'count' | 'summary' | 'metadata';
  readonly ms?: number;
  readonly unit?: string;
  readonly description?: string;
}

/** The library's lines in the order of the requests; `!` and its reason where it refuses. */
export async function vendorLines(requests: readonly LineRequest[]): Promise<string[]> {
  const jar = await mavenArtifact(`com.dynatrace.metric.util:dynatrace-metric-utils-java:${LIBRARY_VERSION}:jar`, JAR);
  const input = requests.map(({ name, dimensions = [], values, kind, ms, unit = '', description = '' }) => {
    const numbers = kind === 'metadata' ? `${text(unit)},${text(description)}` : values.join(',');
    return [text(name), kind, numbers, ms ?? '-', ...dimensions.flat().map(text)].join(' ');
  });
  return new Promise((resolve, reject) => {
    const options = { maxBuffer: 1 << 28 };
    const child = execFile('java', ['-cp', jar, PROGRAM], options, (error, stdout) =>
      error === null ? resolve(stdout.split('\n').slice(0, -1)) : reject(error),
    );
    child.stdin?.end(`${input.join('\n')}\n`);
  });
}

/** A character before the base64 keeps empty texts apart from none. */
function text(value: string): string {
  return `=${Buffer.from(value, 'utf16le').toString('base64')}`;
}
