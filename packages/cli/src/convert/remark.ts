/** What could not be said in the converted configuration. */
export interface Remark {
  /** From 1, in the Collector's file. */
  readonly line: number;
  /** As written there: `exporters.kafka.partition_traces_by_id`. */
  readonly path: string;
  readonly what: string;
}

/** `file:line path: what`. */
export function formatRemark(file: string, { line, path, what }: Remark): string {
  return `${file}:${line} ${path}: ${what}`;
}
