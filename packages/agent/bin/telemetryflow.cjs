#!/usr/bin/env node
'use strict';

require('@telemetryflow/cli/bin/launch.cjs')('telemetryflow', `${__dirname}/..`, 'main');
