/**
 * One attempt of PutLogEvents. A group or stream that is missing is created and the events are put again at once;
 * nothing is ever asked beforehand, because the calls that could tell are throttled far below those that write.
 */
import {
  type DroppedItems,
  delivered,
  drop,
  itemsOf,
  type Outcome,
  partial,
  retry,
  split,
} from '@telemetryflow/kernel';
import { NoAnswer, UnreadableAnswer } from './aws-call.ts';
import { classify, describe, type LogsAnswer, rejectedEvents, type Verdict } from './classify.ts';
import type { LogsApi } from './client.ts';
import type { CloudwatchConfig } from './config.ts';
import type { LogsBody } from './encode-logs.ts';
import { entityWarning } from './entity.ts';
import { MAX_DETAIL } from './send-metrics.ts';

/** What was being done when a call failed, and how it failed. */
interface Failure {
  readonly action: string;
  readonly error: unknown;
}

type Creation = Pick<CloudwatchConfig, 'create_log_group' | 'create_log_stream' | 'retention_days' | 'log_group_class'>;

export class LogsSender {
  readonly #api: LogsApi;
  readonly #config: Creation;
  readonly #nowMs: () => number;
  /** Streams that are being created: several requests for one stream create it once. */
  readonly #creating = new Map<string, Promise<Failure | undefined>>();

  constructor(api: LogsApi, config: Creation, nowMs: () => number) {
    this.#api = api;
    this.#config = config;
    this.#nowMs = nowMs;
  }

  async send(body: LogsBody, signal: AbortSignal): Promise<Outcome> {
    const first = await this.#put(body, signal);
    if (!('missing' in first)) return first;
    const failure = await this.#create(body, signal);
    if (failure !== undefined) return this.#failed(failure, signal);
    const second = await this.#put(body, signal);
    return 'missing' in second ? retry('unavailable', { detail: second.missing }) : second;
  }

  async #put(body: LogsBody, signal: AbortSignal): Promise<Outcome | { readonly missing: string }> {
    try {
      const answer = await this.#api.putLogEvents(body.json, signal);
      return outcomeOf(answer, body, this.#entityRefusal(answer));
    } catch (error) {
      // The answer would have said which events were refused.
      if (error instanceof UnreadableAnswer && !signal.aborted) return retry('network', { detail: error.message });
      const verdict = classify(error, this.#nowMs());
      if (verdict === undefined) throw error;
      const detail = this.#detail(error);
      if (verdict.kind !== 'missing') return outcomeOfVerdict(verdict, detail);
      return this.#config.create_log_stream
        ? { missing: detail }
        : retry('unavailable', { detail: `create the log group and stream, or set create_log_stream: ${detail}` });
    }
  }

  #create({ group, stream }: LogsBody, signal: AbortSignal): Promise<Failure | undefined> {
    const key = `${group}:${stream}`;
    let creating = this.#creating.get(key);
    if (creating === undefined) {
      creating = this.#createOnce(group, stream, signal).finally(() => this.#creating.delete(key));
      this.#creating.set(key, creating);
    }
    return creating;
  }

  async #createOnce(group: string, stream: string, signal: AbortSignal): Promise<Failure | undefined> {
    const api = this.#api;
    const createStream = (): Promise<Failure | undefined> =>
      attempt('logs:CreateLogStream', () => api.createLogStream(group, stream, signal));
    const failure = await createStream();
    if (failure === undefined || !this.#isMissing(failure) || !this.#config.create_log_group) return failure;
    const { log_group_class: groupClass, retention_days: days } = this.#config;
    const noGroup = await attempt('logs:CreateLogGroup', () => api.createLogGroup(group, groupClass, signal));
    if (noGroup !== undefined) return noGroup;
    if (days !== undefined) {
      const forever = await attempt('logs:PutRetentionPolicy', () => api.putRetentionPolicy(group, days, signal));
      if (forever !== undefined) return forever;
    }
    return createStream();
  }

  #isMissing({ error }: Failure): boolean {
    return classify(error, this.#nowMs())?.kind === 'missing';
  }

  #failed({ action, error }: Failure, signal: AbortSignal): Outcome {
    const verdict = classify(error, this.#nowMs());
    const detail = `${action} failed; the credentials need this permission, or the log group and stream must exist: ${this.#detail(error)}`;
    if (verdict === undefined) {
      // Another attempt, whose time was over, was the one that created.
      if (error instanceof NoAnswer && !signal.aborted) return retry('unavailable', { detail });
      throw error;
    }
    if (verdict.kind === 'retry') return retry(verdict.reason, { detail, afterMs: verdict.afterMs });
    // The records are not to blame: they wait until somebody has made the group.
    return retry('unavailable', { detail });
  }

  #entityRefusal({ rejectedEntityInfo: info }: LogsAnswer): string | undefined {
    return info ? this.#api.scrub(String(info.errorType)).slice(0, MAX_DETAIL) : undefined;
  }

  #detail(error: unknown): string {
    const { name, message } = describe(error);
    return this.#api.scrub(`${name}: ${message}`).slice(0, MAX_DETAIL);
  }
}

/** A call whose object may be there already. */
async function attempt(action: string, call: () => Promise<void>): Promise<Failure | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    return classify(error, 0)?.kind === 'exists' ? undefined : { action, error };
  }
}

function outcomeOfVerdict(verdict: Verdict, detail: string): Outcome {
  switch (verdict.kind) {
    case 'retry':
      return retry(verdict.reason, { detail, afterMs: verdict.afterMs });
    case 'split':
      return split(verdict.reason, { detail });
    case 'drop':
      return drop(verdict.reason, detail);
    default:
      return drop('rejected', detail);
  }
}

function outcomeOf(answer: LogsAnswer, { events, truncated }: LogsBody, entityRefusal: string | undefined): Outcome {
  const warnings: string[] = [];
  if (entityRefusal !== undefined) warnings.push(entityWarning(entityRefusal));
  if (truncated > 0) warnings.push(`the bodies of ${truncated} log records were cut: an event may have 1 MiB`);
  const extra = warnings.length > 0 ? { warning: warnings.join('; ') } : undefined;
  const { old, newFrom } = rejectedEvents(answer.rejectedLogEventsInfo ?? {}, events.length);
  if (old === 0 && newFrom === events.length) return delivered(extra);
  const ascending = (some: readonly number[]): DroppedItems['items'] => itemsOf([...some].sort((a, b) => a - b));
  const dropped: DroppedItems[] = [];
  if (old > 0)
    dropped.push({
      items: ascending(events.slice(0, old)),
      reason: 'too_old',
      detail: 'CloudWatch: too old or expired',
    });
  if (newFrom < events.length)
    dropped.push({ items: ascending(events.slice(newFrom)), reason: 'rejected', detail: 'CloudWatch: too far ahead' });
  return partial({ dropped, ...extra });
}
