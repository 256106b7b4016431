/** Configuration of the memory_limiter processor: the Collector's keys. */
import type { ObjectSchema, Problem } from '@telemetryflow/kernel';

/** Decoded; durations are milliseconds. */
export interface MemoryLimiterConfig {
  /** Milliseconds. */
  readonly check_interval: number;
  readonly limit_mib: number;
  readonly spike_limit_mib: number;
  readonly limit_percentage: number;
  readonly spike_limit_percentage: number;
}

export const configSchema: ObjectSchema<MemoryLimiterConfig> = {
  type: 'object',
  properties: {
    check_interval: {
      type: 'string',
      unit: 'duration',
      default: '1s',
      description: 'Time between two looks at the memory in use.',
    },
    limit_mib: {
      type: 'integer',
      minimum: 0,
      default: 0,
      description: 'Most resident memory of the process, in MiB; 0 leaves it to limit_percentage.',
    },
    spike_limit_mib: {
      type: 'integer',
      minimum: 0,
      default: 0,
      description: 'Data is refused this far below the limit; 0 means 20 % of it.',
    },
    limit_percentage: {
      type: 'integer',
      minimum: 0,
      maximum: 100,
      default: 0,
      description: "Most resident memory as a share of the container's, or the machine's, memory.",
    },
    spike_limit_percentage: {
      type: 'integer',
      minimum: 0,
      maximum: 100,
      default: 0,
      description: 'As spike_limit_mib, as a share.',
    },
  },
};

/** Resident bytes: data is refused from `soft` on. */
export interface Limits {
  readonly soft: number;
  readonly hard: number;
}

const MIB = 1024 * 1024;
const DEFAULT_SPIKE = 0.2;

/** `total` is the memory that percentages refer to, in bytes. MiB win over percentages, as in the Collector. */
export function limitsOf(config: MemoryLimiterConfig, total: number): Limits {
  const inMib = config.limit_mib > 0;
  const hard = inMib ? config.limit_mib * MIB : (config.limit_percentage / 100) * total;
  const spike = inMib ? config.spike_limit_mib * MIB : (config.spike_limit_percentage / 100) * total;
  return { soft: hard - (spike > 0 ? spike : hard * DEFAULT_SPIKE), hard };
}

export function checkLimits(config: MemoryLimiterConfig): Problem[] {
  if (config.check_interval <= 0) {
    return [{ path: ['check_interval'], message: 'the interval must be longer than 0', hint: '1s is the default.' }];
  }
  if (config.limit_mib === 0 && config.limit_percentage === 0) {
    const hint = 'Set limit_mib, or limit_percentage (80 is a good start).';
    return [{ path: [], message: 'no limit is set', hint }];
  }
  const { soft } = limitsOf(config, 100 * MIB);
  if (soft > 0) return [];
  const key = config.limit_mib > 0 ? 'spike_limit_mib' : 'spike_limit_percentage';
  return [
    { path: [key], message: 'the spike limit is not below the limit', hint: 'Make it smaller, or leave it out.' },
  ];
}
