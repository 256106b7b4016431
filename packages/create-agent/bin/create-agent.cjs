#!/usr/bin/env node
// Plain old syntax on purpose: this file must run on any Node, if only to say that another one is needed.
'use strict';

var required = [22, 15];
var version = process.versions.node.split('.').map(Number);
if (version[0] < required[0] || (version[0] === required[0] && version[1] < required[1])) {
  console.error(
    'create-agent needs Node ' +
      required.join('.') +
      ' or newer; this is ' +
      process.version +
      ' at ' +
      process.execPath +
      '.\n' +
      'Install a newer Node, then run the command again.',
  );
  process.exit(2);
}

var fs = require('node:fs');
var path = require('node:path');
var url = require('node:url');

var built = path.join(__dirname, '..', 'dist', 'cli.js');
var source = path.join(__dirname, '..', 'src', 'cli.ts');
var entry = built;
if (!fs.existsSync(built)) {
  // An unbuilt clone: every package is loaded from its TypeScript sources.
  entry = source;
  require('node:module').registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, Object.assign({}, context, { conditions: context.conditions.concat('@telemetryflow/source') })),
  });
}

import(url.pathToFileURL(entry).href)
  .then((cli) => cli.main(process.argv))
  .catch((error) => {
    console.error(error);
    process.exitCode = 1;
  });
