/** Lines of StatsD: `name:value|type|#tag:value,…`. Pure. */

/** What an Agent shows beside a value. */
export interface LineTags {
  readonly units: string;
  /** Charts of a family stand together. */
  readonly family: string;
  /** Name of the dimension. */
  readonly name: string;
}

/** A value that is set. Numbers with a sign are relative in StatsD: a negative one is set to 0 first. */
export function gaugeLines(name: string, value: number, tags: LineTags): readonly string[] {
  const tail = `|g${tagText(tags)}`;
  const line = `${name}:${value}${tail}`;
  return value < 0 ? [`${name}:0${tail}`, line] : [line];
}

/** A whole number to add. */
export function counterLine(name: string, value: number, tags: LineTags): string {
  return `${name}:${value}|c${tagText(tags)}`;
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
