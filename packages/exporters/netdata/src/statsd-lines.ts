/** Lines of StatsD: `name:value|type|#tag:value,…`. Pure. */

/** What an Agent shows beside a value. */
export interface LineTags {
  readonly units: string;
  /** Charts of a family stand together. */
  readonly family: string;
  /** Name of the dimension. */
  readonly name: string;
}

/** What follows a value that is set. */
export function gaugeTail(tags: LineTags): string {
  return `|g${tagText(tags)}`;
}

/** What follows a whole number to add; the Agent shows what is added per second. */
export function counterTail({ units, ...tags }: LineTags): string {
  return `|c${tagText({ ...tags, units: units === '' ? '' : `${units}/s` })}`;
}

/** Adds a value that is set. Numbers with a sign are relative in StatsD: a negative one is set to 0 first. */
export function addGauge(lines: string[], name: string, value: number, tail: string): void {
  if (value < 0) lines.push(`${name}:0${tail}`);
  lines.push(`${name}:${value}${tail}`);
}

function tagText({ units, family, name }: LineTags): string {
  const parts: string[] = [];
  if (units !== '') parts.push(`units:${tagValue(units)}`);
  if (family !== '') parts.push(`family:${tagValue(family)}`);
  parts.push(`name:${tagValue(name)}`);
  return `|#${parts.join(',')}`;
}

/** Free of what ends a tag, a line or a datagram. */
function tagValue(text: string): string {
  return text.toWellFormed().replaceAll(/[^ !"$-+\--9;<>?A-{}~\u00a1-\uffff]/g, '_');
}
