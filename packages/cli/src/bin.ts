#!/usr/bin/env node
// Nothing is imported before this check: an old Node would fail on the first modern line with a message that helps nobody.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  console.error(`errand needs Node 22.19 or later; this is ${process.versions.node}. Get a newer one at https://nodejs.org.`);
  process.exitCode = 125;
} else {
  const { main } = await import('./main.ts');
  await main(process.argv);
}

export {};
