import { describe, expect, test } from '@jest/globals';
import type { HttpResponse } from '@telemetryflow/http';
import fc from 'fast-check';
import type { BulkMessage } from '../src/bulk.ts';
import { readBulkAnswer } from '../src/bulk-answer.ts';
import { AnswerReader } from '../src/classify.ts';
import { UNKNOWN_CLUSTER } from '../src/mode.ts';

const MESSAGE: BulkMessage = {
  body: new Uint8Array(0),
  documents: [0, 1, 2],
  chosen: new Set(),
  identified: true,
  items: 3,
  indices: 1,
  notices: new Set(),
  batchId: 'b',
  mode: UNKNOWN_CLUSTER,
};

function answer(status: number, body: unknown = ''): HttpResponse {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { kind: 'response', status, headers: {}, body: Buffer.from(text), url: 'http://es/_bulk' };
}

function items(...results: readonly (number | readonly [number, string, string?])[]): HttpResponse {
  const list = results.map((result) => {
    if (typeof result === 'number') return { create: { status: result } };
    const [status, type, reason = ''] = result;
    return { create: { status, error: { type, reason } } };
  });
  return answer(200, { took: 5, errors: true, items: list });
}

function read(response: HttpResponse, message: Partial<BulkMessage> = {}, attempt = 1) {
  return new AnswerReader(() => undefined).read(response, { ...MESSAGE, ...message }, attempt);
}

describe('answers about single documents', () => {
  test('deliver, send again and drop each by itself', () => {
    const outcome = read(
      items(201, [429, 'es_rejected_execution_exception'], [400, 'document_parsing_exception', "Preview of 'secret'"]),
    );
    expect(outcome.retry).toMatchObject({ items: [1], reason: 'throttled' });
    expect(outcome.dropped).toEqual([
      {
        items: [2],
        reason: 'invalid',
        detail: 'the bulk API answered 400 document_parsing_exception for a document',
      },
    ]);
  });

  test('quote documents in the log of the debug level only', () => {
    const said: unknown[] = [];
    const reader = new AnswerReader((_message, fields) => said.push(fields));
    const outcome = reader.read(items(201, 201, [400, 'x', "Preview of field's value: 'geheim'"]), MESSAGE, 1);
    expect(JSON.stringify(outcome)).not.toContain('geheim');
    expect(JSON.stringify(said)).toContain('geheim');
  });

  test.each<[number, string, string, unknown]>([
    [409, 'version_conflict_engine_exception', '', {}],
    [429, 'circuit_breaking_exception', '', { retry: { items: [0], reason: 'throttled' } }],
    [429, 'cluster_block_exception', '', { retry: { items: [0], reason: 'throttled' } }],
    [500, 'exception', '', { retry: { items: [0], reason: 'unavailable' } }],
    [502, '', '', { retry: { items: [0], reason: 'unavailable' } }],
    [503, 'unavailable_shards_exception', '', { retry: { items: [0], reason: 'unavailable' } }],
    [504, '', '', { retry: { items: [0], reason: 'unavailable' } }],
    [501, '', '', { dropped: [{ items: [0], reason: 'rejected' }] }],
    [404, 'index_not_found_exception', '', { dropped: [{ items: [0], reason: 'invalid' }] }],
    [400, 'mapper_parsing_exception', '', { dropped: [{ items: [0], reason: 'invalid' }] }],
    [400, 'timestamp_error', '', { dropped: [{ items: [0], reason: 'invalid' }] }],
    [413, '', '', { dropped: [{ items: [0], reason: 'too_large' }] }],
    [403, 'security_exception', '', { retry: { items: [0], reason: 'auth' } }],
    [401, 'security_exception', '', { retry: { items: [0], reason: 'auth' } }],
    [403, 'cluster_block_exception', 'FORBIDDEN/8', { retry: { items: [0], reason: 'unavailable' } }],
  ])('%i %s', (status, type, reason, expected) => {
    const outcome = read(items([status, type, reason], 201, 201));
    if (Object.keys(expected as object).length === 0) expect(outcome).toEqual({});
    else expect(outcome).toMatchObject(expected as object);
  });

  test('end trying what five attempts did not heal', () => {
    const blocked = items([403, 'cluster_block_exception'], 201, 201);
    expect(read(blocked, {}, 5)).toMatchObject({ dropped: [{ items: [0], reason: 'rejected' }] });
    const denied = items([403, 'security_exception'], 201, 201);
    expect(read(denied, { chosen: new Set([0]) }, 4)).toMatchObject({ retry: { reason: 'unavailable' } });
    expect(read(denied, { chosen: new Set([0]) }, 5)).toMatchObject({ dropped: [{ items: [0], reason: 'auth' }] });
  });

  test('a conflict without an id of ours is a duplicate at first, and a success later', () => {
    const conflict = items([409, 'version_conflict_engine_exception'], 201, 201);
    expect(read(conflict, { identified: false })).toMatchObject({
      dropped: [{ items: [0], reason: 'invalid', detail: expect.stringContaining('same dimensions') }],
    });
    expect(read(conflict, { identified: false }, 2)).toEqual({});
  });

  test('count an item once, however many documents it has and share one', () => {
    const documents = [0, 0, [1, 2]];
    expect(read(items(201, [400, 'x'], [429, 'y']), { documents })).toMatchObject({
      dropped: [{ items: [0] }],
      retry: { items: [1, 2] },
    });
    expect(read(items([400, 'x'], [503, 'y'], 201), { documents })).toMatchObject({ retry: { items: [0] } });
    expect(read(items([400, 'x'], [503, 'y'], 201), { documents }).dropped).toBeUndefined();
  });

  test('do without dynamic templates that the mapping does not hold', () => {
    const mode = { ...UNKNOWN_CLUSTER, dynamicTemplates: true };
    const missing = items(
      [400, 'document_parsing_exception', "Can't find dynamic template for … [gauge_long]"],
      201,
      201,
    );
    expect(read(missing, { mode })).toMatchObject({
      retry: { items: [0], afterMs: 0 },
      mode: { dynamicTemplates: false },
    });
    expect(read(missing)).toMatchObject({ dropped: [{ items: [0], reason: 'invalid' }] });
  });

  test('mention documents in the failure store', () => {
    const body = '{"took":1,"errors":false,"items":[{"create":{"status":201,"failure_store":"used"}}]}';
    expect(read(answer(200, body)).warning).toMatch(/1 documents went into the failure store/);
  });
});

describe('answers about the whole request', () => {
  test.each<[number, unknown, unknown]>([
    [200, { took: 1, errors: false, items: [] }, {}],
    [200, { errors: false }, {}],
    [200, '', { retry: { items: 'all', reason: 'unavailable' } }],
    [200, '{"took":1,"errors":fal', { retry: { items: 'all', reason: 'unavailable' } }],
    [200, '{"took":1,"errors":false,"items":[{"crea', { retry: { items: 'all', reason: 'unavailable' } }],
    [200, { took: 1, errors: true, items: [{ create: { status: 201 } }] }, { retry: { items: 'all' } }],
    [401, '', { retry: { reason: 'auth' } }],
    [403, '', { retry: { reason: 'auth' } }],
    [404, '', { dropped: [{ reason: 'invalid' }] }],
    [406, '', { dropped: [{ reason: 'invalid' }] }],
    [408, '', { retry: { reason: 'timeout' } }],
    [413, '', { split: { reason: 'too_large' } }],
    [415, '', { dropped: [{ reason: 'invalid' }] }],
    [429, '', { retry: { reason: 'throttled' } }],
    [500, '', { retry: { reason: 'unavailable' } }],
    [501, '', { dropped: [{ reason: 'rejected' }] }],
    [502, '', { retry: { reason: 'unavailable' } }],
    [503, '', { retry: { reason: 'unavailable' } }],
    [504, '', { retry: { reason: 'unavailable' } }],
    [400, 'contains unrecognized parameter: [x]', { dropped: [{ reason: 'invalid' }] }],
  ])('%i %j', (status, body, expected) => {
    const outcome = read(answer(status, body));
    if (Object.keys(expected as object).length === 0) expect(outcome).toEqual({});
    else expect(outcome).toMatchObject(expected as object);
  });

  test('a request that cannot be read is cut until the culprit is alone, within reason', () => {
    const reader = new AnswerReader(() => undefined);
    const bad = answer(400, 'Malformed action/metadata line [1]');
    expect(reader.read(bad, { ...MESSAGE, items: 1 }, 1)).toMatchObject({ dropped: [{ reason: 'invalid' }] });
    for (let cuts = 0; cuts < 24; cuts++) expect(reader.read(bad, MESSAGE, 1)).toMatchObject({ split: {} });
    expect(reader.read(bad, MESSAGE, 1)).toMatchObject({ dropped: [{ reason: 'invalid' }] });
  });

  test('what an older server does not know is left out from then on', () => {
    const parameter = answer(400, 'request [/_bulk] contains unrecognized parameter: [require_data_stream]');
    expect(read(parameter, { mode: { ...UNKNOWN_CLUSTER, requireDataStream: true } })).toMatchObject({
      retry: { items: 'all', afterMs: 0 },
      mode: { requireDataStream: false },
    });
    const field = answer(400, 'Action/metadata line [1] contains an unknown parameter [dynamic_templates]');
    expect(read(field, { mode: { ...UNKNOWN_CLUSTER, dynamicTemplates: true } })).toMatchObject({
      retry: { items: 'all', afterMs: 0 },
      mode: { dynamicTemplates: false },
    });
  });
});

test('no answer whatever makes it throw, or name an item that was not sent, or one twice', () => {
  const result = fc.oneof(
    fc.record({
      create: fc.record({
        status: fc.oneof(fc.integer({ min: 0, max: 600 }), fc.string()),
        error: fc.oneof(fc.string(), fc.record({ type: fc.string(), reason: fc.string() }), fc.constant(null)),
      }),
    }),
    fc.jsonValue(),
  );
  const body = fc.oneof(
    fc.record({ took: fc.nat(), errors: fc.boolean(), items: fc.array(result, { minLength: 3, maxLength: 3 }) }),
    fc.record({ errors: fc.jsonValue(), items: fc.jsonValue() }),
    fc.jsonValue(),
  );
  fc.assert(
    fc.property(body, fc.integer({ min: 1, max: 6 }), (json, attempt) => {
      const { dropped = [], retry } = read(answer(200, json), { documents: [0, 1, [2]] }, attempt);
      const named = [
        ...dropped.flatMap((each) => each.items as number[]),
        ...(Array.isArray(retry?.items) ? retry.items : []),
      ];
      expect(new Set(named).size).toBe(named.length);
      expect(named.every((item) => item >= 0 && item <= 2)).toBe(true);
    }),
    { numRuns: 300 },
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => void readBulkAnswer(bytes)));
});
