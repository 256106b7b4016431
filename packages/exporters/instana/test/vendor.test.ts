/**
 * What Instana's own exporter for Node.js (`@instana/opentelemetry-exporter` 6.6.1, run from its repository with
 * `@opentelemetry/sdk-trace-base` 2.9.0) sent of the same spans. The recording holds the spans as OTLP in JSON.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPipeline } from '@telemetryflow/kernel';
import { decode, protobufFromJson } from '@telemetryflow/otlp';
import { type FakeInstana, fakeInstana, type InstanaSpan } from '@telemetryflow/testkit';
import instana from '../src/index.ts';
import { golden } from './setup.ts';

type VendorSpan = Omit<InstanaSpan, 'f'> & { readonly f: { readonly e: number } };

const recorded = JSON.parse(golden('vendor-6.6.1.json')) as {
  readonly input: object;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly spans: readonly VendorSpan[];
};
const records = decode('traces', protobufFromJson('traces', Buffer.from(JSON.stringify(recorded.input))));

describe("Instana's own exporter and this one", () => {
  let service: FakeInstana;
  let ours: readonly InstanaSpan[];
  beforeAll(async () => {
    service = await fakeInstana();
    const block = { endpoint_url: `${service.url}/serverless/`, agent_key: 'agent-key', protocol: 'native' };
    const pipeline = await createPipeline({ exporters: { instana: block } }, { plugins: [instana] });
    await pipeline.start();
    await pipeline.consume({ signal: 'traces', records });
    await pipeline.shutdown();
    ours = service.spans.map(({ span }) => span);
  });
  afterAll(() => service.close());

  test('send to the same path with the same headers', () => {
    expect(service.requests).toHaveLength(1);
    expect(service.requests[0]?.path).toBe(recorded.path);
    expect(service.requests[0]?.headers).toMatchObject(recorded.headers);
  });

  /** Expected differences: `f` names an entity instead of the sender's process, and tags hold more. */
  test('say the same of every span', () => {
    expect(ours).toHaveLength(recorded.spans.length);
    for (const [i, { f: _process, data, ...vendor }] of recorded.spans.entries()) {
      const { f: _entity, data: own, ...span } = ours[i] as InstanaSpan;
      expect(span).toEqual(vendor);
      const { tags, events = [], ...rest } = own;
      const { tags: vendorTags, events: vendorEvents = [], ...vendorRest } = data;
      expect(rest).toEqual(vendorRest);
      expect(tags).toMatchObject(vendorTags);
      // Of an SDK these have both members; the spans of the recording were made without one.
      const whole = { attributes: {}, droppedAttributesCount: 0 };
      expect(events).toEqual(vendorEvents.map((event) => ({ ...whole, ...event })));
    }
  });
});
