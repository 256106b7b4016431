/** Turns batches of logs into OTLP requests, one per tenant. The server chooses the labels. */
import {
  encodeOtlpJson,
  encodeOtlpProto,
  encodeSelection,
  type HttpEncoder,
  limitAge,
  type OtlpEncode,
} from '@telemetryflow/http';
import { type Batch, countItems } from '@telemetryflow/kernel';
import { withAttribute } from '@telemetryflow/otlp';
import type { LokiConfig } from './config.ts';
import type { LokiMessage } from './encode-logs.ts';
import { NO_TENANT, tenantOf } from './tenant.ts';

export function otlpEncoder(config: LokiConfig): HttpEncoder<'logs'> {
  const write = config.encoding === 'json' ? encodeOtlpJson : encodeOtlpProto;
  const encode: OtlpEncode = limitAge((batch) => write(batch, config.max_batch_bytes), config.max_age);
  const attribute = config.tenant_attribute ?? '';
  return function* encodeRequests(batch, context) {
    const labelled = withLabels(batch, config.labels);
    const { byTenant, refused } = attribute === '' ? ALL_OF_ONE : tenantsOf(batch, attribute);
    if (refused.length > 0) yield { dropped: refused, reason: 'invalid', detail: NO_TENANT };
    for (const [tenant, items] of byTenant) {
      const encoded =
        items === undefined
          ? encode(labelled, context)
          : encodeSelection(encode, labelled.select(items), items, context);
      for (const each of encoded) {
        if (each === undefined || 'dropped' in each) yield each;
        else {
          const message: LokiMessage = {
            body: each.body as Uint8Array,
            ...(tenant !== '' && { headers: { 'x-scope-orgid': tenant } }),
            batchId: context.id,
            items: countItems(each.items),
            oneStream: false,
            canFallBack: false,
          };
          yield { ...each, body: message };
        }
      }
    }
  };
}

/** The labels of the configuration as attributes of the resources. */
function withLabels(batch: Batch<'logs'>, labels: LokiConfig['labels']): Batch<'logs'> {
  const all = Object.entries(labels);
  if (all.length === 0) return batch;
  return batch.mapResources((resource) => {
    let { attributes } = resource;
    for (const [name, value] of all) attributes = withAttribute(attributes, name, value);
    return { ...resource, attributes };
  });
}

interface Tenants {
  /** Items by tenant, `''` for the configured one; `undefined` for all of the batch. */
  readonly byTenant: ReadonlyMap<string, number[] | undefined>;
  readonly refused: readonly number[];
}

const ALL_OF_ONE: Tenants = { byTenant: new Map([['', undefined]]), refused: [] };

function tenantsOf(batch: Batch<'logs'>, attribute: string): Tenants {
  const byTenant = new Map<string, number[]>();
  const refused: number[] = [];
  batch.records().forEach((record, item) => {
    const tenant = tenantOf(record.resource.attributes, attribute);
    if (tenant === undefined) refused.push(item);
    else {
      const items = byTenant.get(tenant);
      if (items === undefined) byTenant.set(tenant, [item]);
      else items.push(item);
    }
  });
  return { byTenant, refused };
}
