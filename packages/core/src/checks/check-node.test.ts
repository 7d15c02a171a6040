import { expect, test } from 'vitest';
import { checkNode } from './check-node.ts';

test.each(['20.20.2', '22.18.9'])('Node %s is too old, and told to be', (version) => {
  expect(() => checkNode(version)).toThrow(`Errand needs Node 22.19 or later; this is ${version}.`);
});

test.each(['22.19.0', '24.0.0', '26.1.0'])('Node %s will do', (version) => {
  expect(() => checkNode(version)).not.toThrow();
});
