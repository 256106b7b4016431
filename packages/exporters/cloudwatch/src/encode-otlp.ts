/**
 * Batches to requests for the OTLP endpoints of AWS: without what would make them refuse the whole request, at most
 * 24 hours from the first to the last, and logs by group and stream. Pure.
 */
import {
  encodeOtlpProto,
  encodeSelection,
  logTimeFromObserved,
  type OtlpEncode,
  transformItems,
} from '@telemetryflow/http';
import { type Batch, type EncodeContext, type Encoded, Refusals } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import type { CloudwatchConfig } from './config.ts';
import { nameTemplate } from './name-template.ts';
import { DAY_MS, JUDGES, type Judge, MAX_REQUEST_BYTES } from './otlp-limits.ts';

/** A request body with the headers that say where it goes. */
export interface OtlpMessage {
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

/** Encodes batches of one signal. */
export type OtlpMessages = (batch: Batch, context: EncodeContext) => Generator<Encoded<OtlpMessage>>;

/** `hostname` names the stream where the configuration names none. */
export function otlpEncoder(config: CloudwatchConfig, signal: Signal, hostname: string): OtlpMessages {
  const write: OtlpEncode = (batch) => encodeOtlpProto(batch, MAX_REQUEST_BYTES[signal]);
  if (signal !== 'logs') return (batch, context) => messages(sendable(write, JUDGES[signal])(batch, context), {});

  const encode = transformItems(sendable(write, JUDGES.logs), [logTimeFromObserved]);
  const groupOf = nameTemplate(config.log_group);
  const streamOf = nameTemplate(
    config.log_stream === '' ? hostname.replaceAll(/[^\x21-\x7e]|[:*]/g, '_') : config.log_stream,
  );
  const place = (group: string, stream: string) => ({ 'x-aws-log-group': group, 'x-aws-log-stream': stream });
  const one = !`${config.log_group}${config.log_stream}`.includes('{');
  return function* (batch, context) {
    if (one) {
      yield* messages(encode(batch, context), place(groupOf({}), streamOf({})));
      return;
    }
    const places = new Map<string, { headers: OtlpMessage['headers']; items: number[] }>();
    for (const [item, { resource }] of (batch as Batch<'logs'>).records().entries()) {
      const headers = place(groupOf(resource.attributes), streamOf(resource.attributes));
      // Neither name can hold a colon.
      const key = `${headers['x-aws-log-group']}:${headers['x-aws-log-stream']}`;
      const known = places.get(key);
      if (known === undefined) places.set(key, { headers, items: [item] });
      else known.items.push(item);
    }
    for (const { headers, items } of places.values()) {
      yield* messages(encodeSelection(encode, batch.select(items), items, context), headers);
    }
  };
}

function* messages(encoded: ReturnType<OtlpEncode>, headers: OtlpMessage['headers']): Generator<Encoded<OtlpMessage>> {
  for (const each of encoded) {
    if (each === undefined || 'dropped' in each) yield each;
    else yield { ...each, body: { body: each.body as Uint8Array, headers } };
  }
}

/** An encoder of the items that are taken, in requests of at most 24 hours. */
function sendable(encode: OtlpEncode, judge: Judge): OtlpEncode {
  return function* (batch, context) {
    const kept: Item[] = [];
    const refusals = new Refusals();
    let item = 0;
    judge(batch.otlp(), context.now, {
      take: (ms = context.now) => void kept.push({ item: item++, ms }),
      refuse: (reason, detail) => refusals.add(reason, detail, item++),
    });
    yield* refusals.end();
    for (const { items, oldestMs } of byDay(kept)) {
      const all = items.length === batch.count;
      const encoded = all ? encode(batch, context) : encodeSelection(encode, batch.select(items), items, context);
      for (const each of encoded) yield each === undefined || 'dropped' in each ? each : { ...each, oldestMs };
    }
  };
}

interface Item {
  readonly item: number;
  readonly ms: number;
}

/** Items whose times are at most 24 hours apart, each group in their order. */
function* byDay(kept: readonly Item[]): Generator<{ readonly items: readonly number[]; readonly oldestMs: number }> {
  if (kept.length === 0) return;
  let oldestMs = Number.POSITIVE_INFINITY;
  let newestMs = Number.NEGATIVE_INFINITY;
  for (const { ms } of kept) {
    oldestMs = Math.min(oldestMs, ms);
    newestMs = Math.max(newestMs, ms);
  }
  if (newestMs - oldestMs <= DAY_MS) {
    yield { items: kept.map(({ item }) => item), oldestMs };
    return;
  }
  const sorted = [...kept].sort((a, b) => a.ms - b.ms);
  for (let from = 0; from < sorted.length; ) {
    const firstMs = sorted[from]?.ms ?? 0;
    let to = from + 1;
    while (to < sorted.length && (sorted[to]?.ms ?? 0) - firstMs <= DAY_MS) to += 1;
    const items = sorted.slice(from, to).map(({ item }) => item);
    yield { items: items.sort((a, b) => a - b), oldestMs: firstMs };
    from = to;
  }
}
