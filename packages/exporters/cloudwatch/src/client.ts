/** The clients of the AWS SDK, loaded at the first start, and the calls that the exporter makes through them. */
import type {
  CloudWatchClient,
  CloudWatchClientConfig,
  CloudWatchClientResolvedConfig,
} from '@aws-sdk/client-cloudwatch';
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { assumeRole } from './assume-role.ts';
import { type Call, call, compressed } from './aws-call.ts';
import type { LogsAnswer } from './classify.ts';
import type { CloudwatchConfig } from './config.ts';
import { SecretScrubber } from './secret-scrubber.ts';

/** Calls of CloudWatch; each is one attempt and rejects with the error of the SDK. */
export interface MetricsApi {
  /** What was wrong with an entity, where the datums were taken without it. */
  putMetricData(body: Uint8Array, signal: AbortSignal): Promise<string | undefined>;
  /** Text without the secrets that were sent. */
  scrub(text: string): string;
  close(): void;
}

/** Calls of CloudWatch Logs; each is one attempt and rejects with the error of the SDK. */
export interface LogsApi {
  putLogEvents(body: Uint8Array, signal: AbortSignal): Promise<LogsAnswer>;
  createLogStream(group: string, stream: string, signal: AbortSignal): Promise<void>;
  /** False when there was one. */
  createLogGroup(group: string, logGroupClass: string | undefined, signal: AbortSignal): Promise<void>;
  putRetentionPolicy(group: string, days: number, signal: AbortSignal): Promise<void>;
  scrub(text: string): string;
  close(): void;
}

/** Loads the client for metrics; rejects where the region is not known. */
export async function openMetricsApi(config: CloudwatchConfig): Promise<MetricsApi> {
  const { CloudWatchClient, PutMetricDataCommand } = await import('@aws-sdk/client-cloudwatch');
  const client = new CloudWatchClient(clientOptions(config, CloudWatchClient));
  await requireRegion(client);
  const secrets = new SecretScrubber(config);
  const headers = plainHeaders(config);
  return {
    async putMetricData(json, signal) {
      const { body, headers: encoding } = await compressed(json);
      const command = new PutMetricDataCommand({ Namespace: config.namespace, MetricData: [] });
      let failure: string | undefined;
      const onHeaders: Call['onHeaders'] = ({ 'x-amzn-failure-message': message }) => {
        failure = message;
      };
      const request = { body, headers: { ...headers, ...encoding }, signal, onSecret: secrets.add, onHeaders };
      await call(command.middlewareStack as unknown as Stack, request, () =>
        client.send(command, { abortSignal: signal }),
      );
      return failure;
    },
    scrub: (text) => secrets.scrub(text),
    close: () => client.destroy(),
  };
}

/** Loads the client for logs; rejects where the region is not known. */
export async function openLogsApi(config: CloudwatchConfig): Promise<LogsApi> {
  const sdk = await import('@aws-sdk/client-cloudwatch-logs');
  const client = new sdk.CloudWatchLogsClient(clientOptions(config, sdk.CloudWatchLogsClient));
  await requireRegion(client);
  const secrets = new SecretScrubber(config);
  const headers = plainHeaders(config);
  /** A call without much of a body is serialised here, so that all calls go the same way. */
  const request = (body: unknown, signal: AbortSignal): Call => ({
    body: body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body)),
    headers,
    signal,
    onSecret: secrets.add,
  });
  return {
    async putLogEvents(body, signal) {
      const command = new sdk.PutLogEventsCommand({ logGroupName: '-', logStreamName: '-', logEvents: [] });
      return call(command.middlewareStack as unknown as Stack, request(body, signal), () =>
        client.send(command, { abortSignal: signal }),
      );
    },
    async createLogStream(logGroupName, logStreamName, signal) {
      const input = { logGroupName, logStreamName };
      const command = new sdk.CreateLogStreamCommand(input);
      await call(command.middlewareStack as unknown as Stack, request(input, signal), () =>
        client.send(command, { abortSignal: signal }),
      );
    },
    async createLogGroup(logGroupName, logGroupClass, signal) {
      const command = new sdk.CreateLogGroupCommand({ logGroupName });
      await call(command.middlewareStack as unknown as Stack, request({ logGroupName, logGroupClass }, signal), () =>
        client.send(command, { abortSignal: signal }),
      );
    },
    async putRetentionPolicy(logGroupName, retentionInDays, signal) {
      const input = { logGroupName, retentionInDays };
      const command = new sdk.PutRetentionPolicyCommand(input);
      await call(command.middlewareStack as unknown as Stack, request(input, signal), () =>
        client.send(command, { abortSignal: signal }),
      );
    },
    scrub: (text) => secrets.scrub(text),
    close: () => client.destroy(),
  };
}

/** What signing needs of a client: its region, credentials that it renews, and its hash. */
export interface Credentials extends Pick<CloudWatchClientResolvedConfig, 'credentials' | 'sha256'> {
  readonly region: string;
  close(): void;
}

/** Finds region and credentials as both clients do; rejects where the region is not known. */
export async function openCredentials(config: CloudwatchConfig): Promise<Credentials> {
  const { CloudWatchClient } = await import('@aws-sdk/client-cloudwatch');
  const client = new CloudWatchClient(clientOptions(config, CloudWatchClient));
  await requireRegion(client);
  const { credentials, sha256, region } = client.config;
  return { credentials, sha256, region: await region(), close: () => client.destroy() };
}

/** The stacks of both clients are alike; their types name the commands of each. */
type Stack = Parameters<typeof call>[0];

/** `Client` finds the credentials that take on the role, where there is one. */
function clientOptions(
  config: CloudwatchConfig,
  Client: new (options: CloudWatchClientConfig) => CloudWatchClient | CloudWatchLogsClient,
): CloudWatchClientConfig {
  const own = ownOptions(config);
  const { role_arn: arn, external_id: externalId } = config;
  if (!arn) return own;
  const { config: source } = new Client(own);
  // The client calls this again before the credentials run out.
  return { ...own, credentials: () => assumeRole({ arn, externalId }, source) };
}

function ownOptions(config: CloudwatchConfig): CloudWatchClientConfig {
  const { region, endpoint_override: endpoint, access_key_id: accessKeyId } = config;
  const secretAccessKey = config.secret_access_key?.reveal() ?? '';
  const sessionToken = config.session_token?.reveal() ?? '';
  return {
    // Retrying is the delivery chain's, and it compresses better than level 6.
    maxAttempts: 1,
    disableRequestCompression: true,
    ...(region && { region }),
    ...(endpoint && { endpoint }),
    ...(accessKeyId && {
      credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== '' && { sessionToken }) },
    }),
  };
}

/** The configured headers, names in lower case. */
export function plainHeaders(config: CloudwatchConfig): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config.headers).map(([name, value]) => [name.toLowerCase(), value.reveal()]),
  );
}

async function requireRegion(client: CloudWatchClient | CloudWatchLogsClient): Promise<void> {
  try {
    await client.config.region();
  } catch (cause) {
    client.destroy();
    throw new Error('no AWS region is known: set region, the variable AWS_REGION, or a region in the AWS profile', {
      cause,
    });
  }
}
