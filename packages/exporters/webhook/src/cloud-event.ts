/** The CloudEvents 1.0 envelope in JSON. */
import type { FlatItem } from './flat.ts';
import { jsonString } from './flat-value.ts';

/** An event around a flat record. `id` must be unique together with the source. */
export function cloudEvent(item: FlatItem, id: string, line: string): string {
  const service = item.resource.attributes['service.name'];
  const host = item.resource.attributes['host.name'];
  const source = typeof service === 'string' && service !== '' ? service : typeof host === 'string' ? host : 'unknown';
  const subject = typeof service === 'string' && service !== '' ? `,"subject":${jsonString(service)}` : '';
  return (
    `{"specversion":"1.0","id":"${id}","source":"urn:telemetryflow:${encodeURIComponent(source.toWellFormed())}"` +
    `,"type":"io.telemetryflow.${item.kind}.v1","time":"${new Date(item.timeMs).toISOString()}"${subject}` +
    `,"datacontenttype":"application/json"${traceMembers(item)},"data":${line}}`
  );
}

function traceMembers({ context }: FlatItem): string {
  if (context === undefined || /^0*$/.test(context.traceId) || /^0*$/.test(context.spanId)) return '';
  const flags = (context.traceFlags & 0xff).toString(16).padStart(2, '0');
  const state = context.traceState?.serialize() ?? '';
  const member = state === '' ? '' : `,"tracestate":${jsonString(state)}`;
  return `,"traceparent":"00-${context.traceId}-${context.spanId}-${flags}"${member}`;
}
