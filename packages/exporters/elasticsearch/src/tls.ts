/** TLS options, with those of the original agent put in. */
import type { TlsConfig } from '@telemetryflow/http';
import type { ElasticsearchConfig } from './config.ts';

export function withFlatTls(config: ElasticsearchConfig): TlsConfig {
  const { tls_ca_file, tls_cert_file, tls_key_file, tls } = config;
  return {
    ...(tls_ca_file !== undefined && { ca_file: tls_ca_file }),
    ...(tls_cert_file !== undefined && { cert_file: tls_cert_file }),
    ...(tls_key_file !== undefined && { key_file: tls_key_file }),
    ...tls,
  };
}
