/** Which metrics are stored every second: one number for all, or patterns of names. */
import type { CloudwatchConfig } from './config.ts';

/** The resolution of a metric by its name, in seconds; 60 where no pattern matches. */
export function metricResolution(value: CloudwatchConfig['metric_resolution']): (name: string) => number {
  if (typeof value === 'number') return () => value;
  const patterns = Object.entries(value).map(([glob, seconds]) => ({ pattern: globPattern(glob), seconds }));
  return (name) => patterns.find(({ pattern }) => pattern.test(name))?.seconds ?? 60;
}

function globPattern(glob: string): RegExp {
  const source = glob.replaceAll(/[.*+?^${}()|[\]\\]/g, (character) =>
    character === '*' ? '.*' : character === '?' ? '.' : `\\${character}`,
  );
  return new RegExp(`^${source}$`, 's');
}
