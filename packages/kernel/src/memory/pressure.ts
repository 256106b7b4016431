/**
 * How short the process is of memory: resident size against what the container (or a configured limit) allows, and
 * the JavaScript heap against V8's limit. One service per pipeline; receivers ask it before they read a body, and
 * `memory_limiter` adds its limits to it. It refuses early and never forces a garbage collection.
 */
import { getHeapStatistics } from 'node:v8';
import type { Clock, ComponentContext, TimerHandle } from '../component/context.ts';

/** From `soft` on new data is refused, retryably and before a body is read; `hard` says how short memory is. */
export type MemoryLevel = 'ok' | 'soft' | 'hard';

/** What one sample saw, in bytes. */
export interface MemoryUsage {
  readonly rss: number;
  readonly heapUsed: number;
  /** V8's own limit of the heap. */
  readonly heapLimit: number;
  /** What the container allows; undefined where nothing limits the process. */
  readonly available: number | undefined;
}

/** Bounds of the resident size in bytes. The container and the heap count as well: 80 % soft, 90 % hard. */
export interface MemoryLimits {
  readonly softBytes?: number;
  readonly hardBytes?: number;
  /** Time between samples. Default 1000. */
  readonly checkIntervalMs?: number;
}

/** The service, as components see it. */
export interface MemoryPressure {
  /** The level of the last sample; `ok` while nobody set limits. Costs nothing. */
  level(): MemoryLevel;
  /** A fresh sample. */
  usage(): MemoryUsage;
  /** Adds limits and starts the sampling. With several, the strictest decides. Returns what takes them away. */
  limit(limits?: MemoryLimits): () => void;
}

/**
 * The service of the pipeline a component runs in; undefined outside a pipeline.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import debug from '@telemetryflow/exporter-debug';
 * import type { MemoryLevel, MemoryLimits, MemoryPressure, MemoryUsage } from '@telemetryflow/kernel';
 * import { createPipeline, defineExtension, memoryPressureOf } from '@telemetryflow/kernel';
 *
 * const levels: (MemoryLevel | undefined)[] = [];
 * const tight = defineExtension<Record<never, never>>({
 *   type: 'tight',
 *   description: 'Leaves no memory to the process.',
 *   config: { type: 'object', properties: {} },
 *   create: (_config, context) => ({
 *     async start() {
 *       const memory: MemoryPressure | undefined = memoryPressureOf(context);
 *       const usage: MemoryUsage | undefined = memory?.usage();
 *       const limits: MemoryLimits = { softBytes: 1, hardBytes: (usage?.rss ?? 0) * 10 };
 *       const lift = memory?.limit(limits);
 *       levels.push(memory?.level());
 *       lift?.();
 *       levels.push(memory?.level());
 *     },
 *     stop: async () => {},
 *   }),
 * });
 * const pipeline = await createPipeline(
 *   { extensions: { tight: {} }, exporters: { debug: {} } },
 *   { plugins: [tight, debug] },
 * );
 * await pipeline.start();
 * await pipeline.shutdown();
 * assert.deepEqual(levels, ['soft', 'ok']);
 * ```
 */
export function memoryPressureOf(context: Pick<ComponentContext, 'extension'>): MemoryPressure | undefined {
  return context.extension<MemoryPressure>(MEMORY_SERVICE);
}

/** The id under which `context.extension` finds the service; no component can have it. */
export const MEMORY_SERVICE = 'kernel:memory';

const SOFT = 0.8;
const HARD = 0.9;
const CHECK_INTERVAL_MS = 1000;

/** The service; `read` takes one sample. Sampling runs only while there are limits. */
export function createMemoryPressure(clock: Clock, read: () => MemoryUsage = readMemory): MemoryPressure {
  const active = new Set<MemoryLimits>();
  let level: MemoryLevel = 'ok';
  let timer: TimerHandle | undefined;

  function sample(): void {
    const usage = read();
    level = 'ok';
    for (const limits of active) level = worse(level, judge(usage, limits));
  }

  function reschedule(): void {
    timer?.cancel();
    timer = undefined;
    level = 'ok';
    if (active.size === 0) return;
    const intervals = [...active].map((limits) => limits.checkIntervalMs ?? CHECK_INTERVAL_MS);
    sample();
    timer = clock.setInterval(sample, Math.min(...intervals));
  }

  return {
    level: () => level,
    usage: read,
    limit(limits = {}) {
      const entry = { ...limits };
      active.add(entry);
      reschedule();
      return () => {
        if (active.delete(entry)) reschedule();
      };
    },
  };
}

function judge(usage: MemoryUsage, limits: MemoryLimits): MemoryLevel {
  const byHeap = against(usage.heapUsed, usage.heapLimit * SOFT, usage.heapLimit * HARD);
  const available = usage.available ?? Number.POSITIVE_INFINITY;
  const soft = Math.min(available * SOFT, limits.softBytes ?? Number.POSITIVE_INFINITY);
  const hard = Math.min(available * HARD, limits.hardBytes ?? Number.POSITIVE_INFINITY);
  return worse(byHeap, against(usage.rss, soft, hard));
}

function against(used: number, soft: number, hard: number): MemoryLevel {
  if (used >= hard) return 'hard';
  return used >= soft ? 'soft' : 'ok';
}

function worse(a: MemoryLevel, b: MemoryLevel): MemoryLevel {
  if (a === 'hard' || b === 'hard') return 'hard';
  return a === 'soft' || b === 'soft' ? 'soft' : 'ok';
}

function readMemory(): MemoryUsage {
  // On Linux without a cgroup limit the constrained memory is 0 or an absurdly large number; both mean "no limit".
  const constrained = process.constrainedMemory();
  const limited = constrained > 0 && constrained < Number.MAX_SAFE_INTEGER;
  const heap = getHeapStatistics();
  return {
    rss: process.memoryUsage.rss(),
    heapUsed: heap.used_heap_size,
    heapLimit: heap.heap_size_limit,
    available: limited ? constrained : undefined,
  };
}
