#!/usr/bin/env node
'use strict';

require('./launch.cjs')('telemetryflow-cli', `${__dirname}/..`, 'cli');
