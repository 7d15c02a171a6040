// The process that callIsolated starts. A file of its own: a module that waits for `import()` here must not be one that the other imports.
const [module = '', name = '', argument = 'null'] = process.argv.slice(2);
const { [name]: called } = await import(module);
process.stdout.write(JSON.stringify(await called(JSON.parse(argument))));
