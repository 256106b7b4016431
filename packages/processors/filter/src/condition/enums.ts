/** Names of OTLP's numbers, as OTTL writes them. */

const SEVERITIES = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

/** Name to number. */
export const ENUMS: ReadonlyMap<string, number> = new Map([
  ...numbered('SPAN_KIND', ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER']),
  ...numbered('STATUS_CODE', ['UNSET', 'OK', 'ERROR']),
  ...numbered('SEVERITY_NUMBER', [
    'UNSPECIFIED',
    ...SEVERITIES.flatMap((name) => [name, `${name}2`, `${name}3`, `${name}4`]),
  ]),
  ...numbered('METRIC_DATA_TYPE', ['NONE', 'GAUGE', 'SUM', 'HISTOGRAM', 'EXPONENTIAL_HISTOGRAM', 'SUMMARY']),
  ...numbered('AGGREGATION_TEMPORALITY', ['UNSPECIFIED', 'DELTA', 'CUMULATIVE']),
  ['FLAG_NONE', 0] as const,
  ['FLAG_NO_RECORDED_VALUE', 1] as const,
]);

function numbered(prefix: string, names: readonly string[]): (readonly [string, number])[] {
  return names.map((name, number) => [`${prefix}_${name}`, number] as const);
}
