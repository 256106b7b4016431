/** Sends events to OpManager: the key where its build takes it, and no more events than the alarm store bears. */
import type { HttpMessage } from '@telemetryflow/http';
import { drop, type ExporterContext, type Outcome, type Payload, retry, type SendOptions } from '@telemetryflow/kernel';
import type { ManageengineConfig } from '../config.ts';
import { type HttpTarget, httpExporterTo } from '../http-target.ts';
import { readEventAnswer } from './classify-events.ts';

/** An event on its way. */
export interface EventBody {
  /** Without the key. */
  readonly form: string;
}

/** Events of logs and of metrics go to one alarm store. */
const budgets = new WeakMap<ManageengineConfig, EventBudget>();

function budgetOf(config: ManageengineConfig): EventBudget {
  const budget = budgets.get(config) ?? new EventBudget(config.max_events_per_minute);
  budgets.set(config, budget);
  return budget;
}

type Place = 'header' | 'body';

/** Sends one event, as a payload of some items. */
export interface EventSender {
  start(): Promise<void>;
  stop(): Promise<void>;
  send(payload: Payload<EventBody>, options: SendOptions): Promise<Outcome>;
}

/** `url` is that of addEvent. */
export function eventSender(config: ManageengineConfig, url: string, context: ExporterContext): EventSender {
  const budget = budgetOf(config);
  const http = httpExporterTo(url, transport(), config, context);
  const key = config.api_key.reveal();
  let place: Place = config.api_key_in === 'body' ? 'body' : 'header';

  /** Builds before 128100 know the key as a field only: where one way is refused, the other is tried once. */
  function elsewhere(outcome: Outcome): Outcome {
    if (config.api_key_in !== 'auto' || outcome.retry?.reason !== 'auth') return outcome;
    const refused = place;
    place = refused === 'header' ? 'body' : 'header';
    if (refused === 'body') return outcome;
    // A mode that differs from the last one makes the retry an immediate one.
    return { ...retry('unsupported', { afterMs: 0, detail: outcome.retry.detail }), mode: { keyIn: place } };
  }

  function messageOf({ form }: EventBody): HttpMessage {
    if (place === 'header') return { body: form, headers: { apikey: key } };
    return { body: `${form}&${new URLSearchParams({ apiKey: key })}` };
  }

  return {
    start: async () => http.start?.(),
    stop: async () => http.stop?.(),
    async send(payload, options) {
      if (options.attempt === 1 && !budget.take(context.clock.monotonic())) {
        return drop('throttled', `rate_limited: more than max_events_per_minute (${config.max_events_per_minute})`);
      }
      return elsewhere(await http.send({ ...payload, body: messageOf(payload.body) }, options));
    },
  };
}

function transport(): HttpTarget {
  // The encoders make forms, and the key is added to them here.
  const none = () => () => [];
  return {
    headers: () => ({ 'content-type': 'application/x-www-form-urlencoded' }),
    encode: { logs: none, metrics: none },
    classify: (result) => readEventAnswer(result),
    client: () => ({ compression: 'none', concurrency: 1 }),
  };
}

const MINUTE_MS = 60_000;

/** How many events may go out within a minute. */
class EventBudget {
  readonly #most: number;
  /** When the events of the last minute went out, oldest first. */
  #sent: number[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** True, and one less is left, unless the minute before `now` (monotonic ms) has had its share. */
  take(now: number): boolean {
    const first = this.#sent.findIndex((at) => at > now - MINUTE_MS);
    this.#sent = first < 0 ? [] : this.#sent.slice(first);
    if (this.#sent.length >= this.#most) return false;
    this.#sent.push(now);
    return true;
  }
}
