/** Logs to the AppLogs of Site24x7: by the upload API of its agents, or to the HTTPS endpoint of a log type. */
import { hostname } from 'node:os';
import type { HttpBody } from '@telemetryflow/http';
import { drop, type Exporter, type ExporterContext, type Payload } from '@telemetryflow/kernel';
import type { ManageengineConfig } from '../config.ts';
import { isGroupIds } from '../destination.ts';
import { type HttpTarget, httpExporterTo } from '../http-target.ts';
import { RECEIVER_RULES, readUploadAnswer } from './classify-applogs.ts';
import { receiverEncoder, uploadEncoder } from './encode-applogs.ts';

/** The upload API. What it refuses for good ends the logs of this exporter, and nothing else. */
export function createUploadExporter(config: ManageengineConfig, url: string, context: ExporterContext): Exporter {
  let over: string | undefined;
  const end = (why: string): void => {
    over = `Site24x7 takes no logs of this exporter until the next start: ${why}`;
    context.logger.error(over);
    context.status.permanent(over);
  };
  const target: HttpTarget = {
    headers: () => ({
      'content-type': 'application/json',
      'x-devicekey': config.api_key.reveal(),
      'x-logtype': config.log_type,
      'x-streammode': '1',
    }),
    encode: { logs: () => uploadEncoder(hostname(), config.monitor_group) },
    classify: (result) => readUploadAnswer(result, end),
    client: () => ({ compression: 'gzip' }),
  };
  const http = httpExporterTo(url, target, config, context);
  return {
    ...http,
    send: async (payload, options) => {
      if (over !== undefined) return drop('rejected', over);
      return http.send(payload as Payload<HttpBody>, options);
    },
  };
}

/** The HTTPS endpoint, whose URL holds the token. Nothing says that it unpacks. */
export function createReceiverExporter(config: ManageengineConfig, url: string, context: ExporterContext): Exporter {
  const target: HttpTarget = {
    headers: () => ({ 'content-type': 'application/json' }),
    // Ids of groups are in the URL.
    encode: { logs: () => receiverEncoder(isGroupIds(config.monitor_group) ? '' : config.monitor_group) },
    classify: RECEIVER_RULES,
    client: () => ({ compression: 'none' }),
  };
  return httpExporterTo(url, target, config, context) as Exporter;
}
