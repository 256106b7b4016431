// Plain old syntax on purpose: this file must run on any Node, if only to say that another one is needed.
'use strict';

/** Runs `main` of `<folder>/dist/<module>.js`, or of its TypeScript source in an unbuilt clone, as the command `name`. */
module.exports = function launch(name, folder, module) {
  var required = [22, 15];
  var version = process.versions.node.split('.').map(Number);
  if (version[0] < required[0] || (version[0] === required[0] && version[1] < required[1])) {
    console.error(
      name +
        ' needs Node ' +
        required.join('.') +
        ' or newer; this is ' +
        process.version +
        ' at ' +
        process.execPath +
        '.\n' +
        'Install a newer Node, or run `npm install node@24` in your project and start through `npx ' +
        name +
        '`.',
    );
    process.exit(2);
  }

  var fs = require('node:fs');
  var path = require('node:path');
  var url = require('node:url');

  var entry = path.join(folder, 'dist', `${module}.js`);
  if (!fs.existsSync(entry)) {
    // An unbuilt clone: every package is loaded from its TypeScript sources.
    entry = path.join(folder, 'src', `${module}.ts`);
    require('node:module').registerHooks({
      resolve: (specifier, context, next) =>
        next(specifier, Object.assign({}, context, { conditions: context.conditions.concat('@telemetryflow/source') })),
    });
  }

  import(url.pathToFileURL(entry).href)
    .then((command) => command.main(process.argv, { name: name }))
    .catch((error) => {
      console.error(error);
      process.exitCode = 1;
    });
};
