#!/usr/bin/env node
// Plain old syntax on purpose: this file must run on any Node, if only to say that another one is needed.
'use strict';

var required = [22, 15];
var version = process.versions.node.split('.').map(Number);
if (version[0] < required[0] || (version[0] === required[0] && version[1] < required[1])) {
  console.error('create-exporter needs Node', required.join('.'), 'or newer; this is', process.version);
  process.exit(2);
}

var fs = require('node:fs');
var path = require('node:path');
var url = require('node:url');

var built = path.join(__dirname, '..', 'dist', 'cli.js');
// An unbuilt clone has TypeScript sources only.
var entry = fs.existsSync(built) ? built : path.join(__dirname, '..', 'src', 'cli.ts');

import(url.pathToFileURL(entry).href)
  .then((cli) => cli.main(process.argv))
  .catch((error) => {
    console.error(error);
    process.exitCode = 1;
  });
