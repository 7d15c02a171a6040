import { setImmediate as turn } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { hasProcessTable } from './process-table.ts';
import { ProcessTree } from './process-tree.ts';

const listed = vi.hoisted(() => ({ times: 0 }));

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const readdirSync = (...args: Parameters<typeof fs.readdirSync>): unknown => {
    if (args[0] === '/proc') listed.times += 1;
    return fs.readdirSync(...args);
  };
  return { ...fs, readdirSync };
});

test.skipIf(!hasProcessTable())(
  'all who ask in one turn of the event loop share a look at all processes, and nobody who signals',
  async () => {
    const trees = ['a', 'b', 'c'].map((marker) => new ProcessTree(process.pid, marker));
    for (const tree of trees) expect(tree.pids).toBeInstanceOf(Array);
    expect(listed.times).toBe(1);
    for (const tree of trees) tree.signal('SIG0', 'tree');
    expect(listed.times).toBe(4);
    await turn();
    for (const tree of trees) expect(tree.pids).toBeInstanceOf(Array);
    expect(listed.times).toBe(5);
  },
);
