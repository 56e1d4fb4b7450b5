import { registerHooks } from 'node:module';

/** Goes before a program by `--import`, and says at its end on stderr what packages it has loaded from npm. */
const packages = new Set<string>();

registerHooks({
  load: (url, context, next) => {
    const [, name] = /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
    if (name !== undefined) packages.add(name);
    return next(url, context);
  },
});

process.on('exit', () => process.stderr.write(`\nloaded: ${[...packages].toSorted().join(' ')}\n`));
