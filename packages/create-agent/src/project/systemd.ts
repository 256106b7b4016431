/** The systemd unit. */
import type { Project } from './files.ts';

/** A wrong configuration (78) or command line (2) is not tried again; the time to stop exceeds the agent's own 25 s. */
export function systemdUnit({ name }: Project): string {
  return `[Unit]
Description=${name}: telemetry pipeline
Documentation=https://github.com/telemetryflow/telemetryflow
Wants=network-online.target
After=network-online.target

[Service]
WorkingDirectory=/opt/${name}
ExecStart=/usr/bin/node agent.js run --config telemetry.yaml --log-format json
EnvironmentFile=-/etc/${name}.env
DynamicUser=yes
Restart=on-failure
RestartSec=5
RestartPreventExitStatus=2 78
TimeoutStopSec=30
LimitNOFILE=65536
NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=strict
ProtectHome=read-only

[Install]
WantedBy=multi-user.target
`;
}
