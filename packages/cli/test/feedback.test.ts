/** The components of this repository say where they listen and send, so that a pipeline that feeds itself is told. */
import { afterAll, expect, test } from '@jest/globals';
import { folder, telemetryflow } from './command.ts';

const files = folder();
afterAll(() => files.remove());

/** The receiver listens on 4318 for HTTP and on 4317 for gRPC. */
function validated(exporter: string) {
  const receiver = 'receivers: { otlp: { protocols: { http: , grpc: } } }\n';
  return telemetryflow('validate', '--config', files.file('t.yaml', `${receiver}exporters: { ${exporter} }\n`));
}

test.each([
  ['otlp_http: { endpoint: "http://localhost:4318" }', 'exporter "otlp_http" sends traces to 127.0.0.1:4318'],
  ['otlp_grpc: { endpoint: "http://localhost:4317" }', 'exporter "otlp_grpc" sends traces to 127.0.0.1:4317'],
  ['signoz: { endpoint: "http://127.0.0.1:4318" }', 'exporter "signoz" sends traces to 127.0.0.1:4318'],
  ['netdata:', 'exporter "netdata" sends metrics to 127.0.0.1:4317'],
  ['jaeger: { endpoint: "http://localhost:4318" }', 'exporter "jaeger" sends traces to 127.0.0.1:4318'],
  ['datadog: { api_key: x, protocol: agent }', 'exporter "datadog" sends metrics to 127.0.0.1:4318'],
  [
    'webhook: { url: "http://localhost:4318/v1/logs", encoding: otlp_json }',
    'exporter "webhook" sends metrics to 127.0.0.1:4318',
  ],
])('%s comes in again: validate says so, once', async (exporter, message) => {
  const { code, err } = await validated(exporter);
  expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining(message) });
  expect(err.match(/of the same pipeline listens/g)).toHaveLength(1);
});

test('an exporter to somewhere else does not come in again', async () => {
  expect((await validated('otlp_http: { endpoint: "http://collector:4318" }')).err).toBe('');
});
