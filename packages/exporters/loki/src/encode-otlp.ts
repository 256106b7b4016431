/** Turns batches of logs into OTLP requests, one per tenant. The server chooses the labels. */
import { encodeOtlpJson, encodeOtlpProto } from '@telemetryflow/http';
import { type Batch, countItems, type EncodeContext, type Encoded, type Items } from '@telemetryflow/kernel';
import { withAttribute } from '@telemetryflow/otlp';
import type { LokiConfig } from './config.ts';
import type { LokiMessage } from './encode-logs.ts';
import { tenantOf } from './streams.ts';

export function* encodeOtlpPush(
  batch: Batch<'logs'>,
  { id }: EncodeContext,
  config: LokiConfig,
): Generator<Encoded<LokiMessage>> {
  const labels = Object.entries(config.labels);
  const labelled =
    labels.length === 0
      ? batch
      : batch.mapResources((resource) => {
          let attributes = resource.attributes;
          for (const [name, value] of labels) attributes = withAttribute(attributes, name, value);
          return { ...resource, attributes };
        });
  if (config.tenant_attribute === undefined || config.tenant_attribute === '') {
    yield* requests(labelled, undefined, config.tenant_id ?? '', id, config);
    return;
  }
  const byTenant = new Map<string, number[]>();
  const refused: number[] = [];
  batch.records().forEach((record, item) => {
    const tenant = tenantOf(record.resource.attributes, config.tenant_attribute);
    if (tenant === undefined) refused.push(item);
    else {
      const items = byTenant.get(tenant);
      if (items === undefined) byTenant.set(tenant, [item]);
      else items.push(item);
    }
  });
  if (refused.length > 0) {
    yield { dropped: refused, reason: 'invalid', detail: 'the tenant attribute holds no tenant that Loki takes' };
  }
  for (const [tenant, items] of byTenant) {
    yield* requests(labelled.select(items), items, tenant === '' ? (config.tenant_id ?? '') : tenant, id, config);
  }
}

function* requests(
  batch: Batch<'logs'>,
  items: readonly number[] | undefined,
  tenant: string,
  batchId: string,
  config: LokiConfig,
): Generator<Encoded<LokiMessage>> {
  const encode = config.encoding === 'json' ? encodeOtlpJson : encodeOtlpProto;
  for (const each of encode(batch, config.max_batch_bytes)) {
    if (each === undefined) yield undefined;
    else if ('dropped' in each) yield { ...each, dropped: original(each.dropped, items) };
    else {
      const own = original(each.items, items);
      const body = {
        body: each.body,
        ...(tenant !== '' && { headers: { 'x-scope-orgid': tenant } }),
        batchId,
        items: countItems(own),
        streams: 2,
        metadata: true,
      };
      yield { ...each, items: own, body };
    }
  }
}

/** Items of the selection as items of the batch. */
function original(selected: Items, items: readonly number[] | undefined): Items {
  if (items === undefined) return selected;
  return 'from' in selected ? items.slice(selected.from, selected.to) : selected.map((item) => items[item] ?? 0);
}
