/**
 * Data points that a threshold names, as runs: points of one series that follow each other and hold the same
 * thresholds. Whether a run raises or clears an alarm depends on what was before, which is for who sends it. Pure.
 */
import { type Batch, type EncodeContext, type Encoded, itemsOf, Refusals } from '@telemetryflow/kernel';
import {
  type AttributeMap,
  dataPoints,
  hrTimeToWholeMillis,
  type MetricRecord,
  valueToText,
} from '@telemetryflow/otlp';
import type { ManageengineConfig, MetricThreshold } from '../config.ts';
import { pointValue } from '../point-value.ts';
import { type AlarmSource, AlarmSources } from './alarm-source.ts';
import { MAX_AGE_MS } from './encode-events.ts';

/** Points of one series, in order. */
export interface Run {
  /** Tells series apart. */
  readonly series: string;
  readonly source: AlarmSource;
  /** Name and attributes, as `queue.depth{queue=a}`. */
  readonly entity: string;
  /** The thresholds of the metric, and which of them all of these points hold. */
  readonly rules: readonly MetricThreshold[];
  readonly holds: readonly boolean[];
  /** Times of the first and the last point, in ms since the epoch. */
  readonly firstMs: number;
  lastMs: number;
  /** Of the last point. */
  value: number;
  readonly items: number[];
}

const TURN = 256;
const NOT_NAMED = 'unsupported_by_product: opmanager has no ingestion API for metrics, and no threshold names this one';
const TOO_OLD = 'older than 10 minutes: OpManager would date it now';

/** `host`: the device of points that name none. */
export function thresholdsEncoder(
  config: Pick<ManageengineConfig, 'metric_thresholds' | 'device_name' | 'tags'>,
  host: string,
) {
  const rules = new Map<string, MetricThreshold[]>();
  for (const rule of config.metric_thresholds) rules.set(rule.metric, [...(rules.get(rule.metric) ?? []), rule]);

  return function* encode(batch: Batch<'metrics'>, { now }: EncodeContext): Generator<Encoded<Run>> {
    const sources = new AlarmSources(config, host);
    const refusals = new Refusals();
    const runs: Run[] = [];
    const newest = new Map<string, Run>();
    for (const { item, resource, metric, point } of dataPoints(batch.records())) {
      if (item % TURN === TURN - 1) yield;
      const { name } = metric.descriptor;
      const own = rules.get(name);
      const reading = own === undefined ? undefined : read(metric, point, now);
      if (own === undefined) refusals.add('unsupported', NOT_NAMED, item);
      else if (reading === undefined) refusals.add('filtered', 'no value, or one that is not finite', item);
      else if (now - reading.ms > MAX_AGE_MS) refusals.add('too_old', TOO_OLD, item);
      else {
        const entity = entityOf(name, point.attributes);
        addTo(runs, newest, { ...reading, item, source: sources.of(resource), entity, rules: own });
      }
    }
    yield* refusals.end();
    for (const run of runs) yield { body: run, items: itemsOf(run.items), key: run.series, oldestMs: run.lastMs };
  };
}

interface Reading {
  readonly ms: number;
  readonly value: number;
}

function read(metric: MetricRecord, point: MetricRecord['dataPoints'][number], now: number): Reading | undefined {
  const value = pointValue(metric, point);
  if (value === undefined) return undefined;
  return { value, ms: hrTimeToWholeMillis(point.endTime) || now };
}

interface Named extends Reading, Pick<Run, 'source' | 'entity' | 'rules'> {
  readonly item: number;
}

function addTo(runs: Run[], newest: Map<string, Run>, { ms, value, item, source, entity, rules }: Named): void {
  const series = `${source.device}\n${source.service}\n${entity}`;
  const holds = rules.map((rule) => isHeld(rule, value));
  const last = newest.get(series);
  if (last?.holds.every((held, at) => held === holds[at]) === true) {
    last.items.push(item);
    last.lastMs = Math.max(last.lastMs, ms);
    last.value = value;
    return;
  }
  const run: Run = { series, source, entity, rules, holds, firstMs: ms, lastMs: ms, value, items: [item] };
  runs.push(run);
  newest.set(series, run);
}

function isHeld({ op, value: limit }: MetricThreshold, value: number): boolean {
  switch (op) {
    case 'gt':
      return value > limit;
    case 'ge':
      return value >= limit;
    case 'lt':
      return value < limit;
    case 'le':
      return value <= limit;
  }
}

function entityOf(name: string, attributes: AttributeMap): string {
  const pairs = Object.keys(attributes)
    .sort()
    .map((key) => `${key}=${valueToText(attributes[key])}`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`;
}
