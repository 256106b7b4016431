/** What an OTLP server says in a body. Whatever is malformed is no answer, never an exception. */
import { decodeExportResponse, decodeStatus, type ExportResponse, type Signal } from '@telemetryflow/otlp';

/** The partial success of a 2xx; `undefined` when the body is neither empty nor an OTLP response. */
export function parsePartialSuccess(
  signal: Signal,
  body: Uint8Array,
  contentType: string | undefined,
): ExportResponse | undefined {
  // Some servers answer in the other encoding than they say.
  const encodings = isJson(contentType) ? (['json', 'proto'] as const) : (['proto', 'json'] as const);
  for (const encoding of encodings) {
    try {
      return decodeExportResponse(signal, body, encoding);
    } catch {}
  }
  return undefined;
}

/** The message of a google.rpc.Status; `undefined` when there is none. */
export function parseStatusMessage(body: Uint8Array, contentType: string | undefined): string | undefined {
  const json = isJson(contentType);
  if (!json && !/protobuf/i.test(contentType ?? '')) return undefined;
  try {
    return decodeStatus(body, json ? 'json' : 'proto').message || undefined;
  } catch {
    return undefined;
  }
}

/** A body is read by its own content type, whatever that of the request was. */
function isJson(contentType: string | undefined): boolean {
  return /[/+]json\b/i.test(contentType ?? '');
}
