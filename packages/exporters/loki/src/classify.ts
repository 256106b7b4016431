/**
 * What the answers of Loki mean, where they differ from those of other HTTP backends:
 *
 *   260           the operator has blocked ingestion: a 2xx that stores nothing
 *   400           single entries were refused and the rest is stored; only texts that name no entry are about the
 *                 whole push, which is then cut until the culprit is alone
 *   422           no streams in the push: a defect of ours
 *   429           whole push or single streams; larger than the limit itself: cut
 *   500           sent again, except for times before the first schema period: cut until the entry is alone
 */
import {
  Bisection,
  type ClassifyRules,
  classify,
  describe,
  type HttpResponse,
  type HttpResult,
} from '@telemetryflow/http';
import { drop, type Outcome, partial, retry, split } from '@telemetryflow/kernel';
import { decodeStatus } from '@telemetryflow/otlp';
import type { LokiMessage, LokiMode } from './encode-logs.ts';
import { exceedsRate, isStreamError, readRejections } from './rejection.ts';

const BLOCKED = 260;
const NO_METADATA = /includes structured metadata, but this feature is disallowed/;
/** Nothing was stored, since one stream or entry could not be read. */
const UNREADABLE =
  /couldn't parse labels|proto: |snappy: |unexpected EOF|invalid character|not a string|readObject|unmarshalerDecoder|symbolizer lookup/i;
const BEFORE_SCHEMA = /no schema config found for time/;
const METADATA_OFF: LokiMode = { metadata: false };

const RULES: ClassifyRules = {
  rules: [
    { status: 401, body: /no org id/, verdict: { retry: 'auth' }, hint: 'set tenant_id: the server is multi-tenant' },
    { status: 404, verdict: { drop: 'invalid' }, hint: 'no push API under this path; write the endpoint without path' },
    { status: 422, verdict: { drop: 'bug' } },
    { status: [501, 505], verdict: { drop: 'rejected' } },
    { status: (status) => status >= 500, verdict: { retry: 'unavailable' } },
  ],
};

/** Reads answers; remembers how often a batch was cut. */
export class AnswerReader {
  readonly #bisection = new Bisection();

  read(result: HttpResult, message: LokiMessage): Outcome {
    if (result.kind === 'failure') return classify(result, RULES);
    switch (result.status) {
      case BLOCKED:
        return drop('throttled', describe(result, 'the operator of Loki has blocked ingestion; nothing is stored'));
      case 400:
        return this.#badRequest(result, message);
      case 429:
        if (message.items > 1 && exceedsRate(textOf(result))) {
          return split('throttled', { detail: describe(result, 'lower max_batch_bytes') });
        }
        return classify(result, RULES);
      case 500:
        // One such entry takes those of its stream with it.
        return BEFORE_SCHEMA.test(textOf(result))
          ? this.#bisection.cut('too_old', message, describe(result))
          : classify(result, RULES);
      default:
        return classify(result, RULES);
    }
  }

  #badRequest(response: HttpResponse, message: LokiMessage): Outcome {
    const text = textOf(response);
    const noMetadata = NO_METADATA.test(text);
    if (noMetadata && message.canFallBack) {
      const detail = describe(response, 'from now on attributes go to the end of the line');
      return { ...retry('unsupported', { afterMs: 0, detail }), mode: METADATA_OFF, warning: detail };
    }
    const rejections = readRejections(text);
    const isStream = isStreamError(text);
    if (isStream || rejections === undefined) {
      // Loki stores equal entries once, so sending the good ones again is safe.
      const cut = isStream ? !message.oneStream : UNREADABLE.test(text);
      return cut ? this.#bisection.cut('invalid', message, describe(response)) : drop('invalid', describe(response));
    }
    const detail = describe(response, noMetadata ? 'set structured_metadata: off, with protocol: push' : undefined);
    let left = message.items;
    const dropped = rejections.map(({ entries, reason }) => {
      const items = Math.min(left, entries);
      left -= items;
      return { items, reason, detail };
    });
    return partial({ dropped: dropped.filter(({ items }) => items > 0) });
  }
}

/** The text of an answer; over OTLP it is inside a status message. */
function textOf(response: HttpResponse): string {
  const { body } = response;
  const plain = Buffer.from(body.buffer, body.byteOffset, Math.min(body.length, 65_536)).toString('utf8');
  if (response.headers['content-type']?.startsWith('text/') === true) return plain;
  try {
    const { message } = decodeStatus(body, 'proto');
    return message === '' ? plain : message;
  } catch {
    return plain;
  }
}
