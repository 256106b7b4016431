/** The table of the metrics the kernel emits about itself. */
import { CATALOGUE } from '../../packages/kernel/src/telemetry/catalogue.ts';

export function ownTelemetryTable(): string {
  const rows = CATALOGUE.map(({ name, kind, unit, level, attributes, description }) => {
    const used = attributes.map((attribute) => `\`${attribute}\``).join(', ');
    return `| \`${name}\` | ${kind} | \`${unit}\` | ${level} | ${used} | ${description} |`;
  });
  const head = [
    '| Metric | Kind | Unit | From level | Attributes | What it counts |',
    '| --- | --- | --- | --- | --- | --- |',
  ];
  return [...head, ...rows].join('\n');
}
