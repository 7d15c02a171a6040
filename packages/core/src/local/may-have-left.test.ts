import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { mayHaveLeft, noteCommand } from './may-have-left.ts';

test('a command after which some other process was made may have left it, whatever was started later', async () => {
  const command = spawn('/bin/true');
  noteCommand(command.pid ?? 0);
  spawnSync('/bin/true');
  const later = spawn('/bin/true');
  noteCommand(later.pid ?? 0);
  await Promise.all([once(command, 'exit'), once(later, 'exit')]);
  expect(mayHaveLeft(command.pid ?? 0)).toBe(true);
});

test('a command that nobody noted may have left anything', () => {
  expect(mayHaveLeft(process.pid)).toBe(true);
});

test('commands that were started one after the other left nothing', async () => {
  // Others on this machine make processes too, so it may take a few tries until none came between.
  for (let tries = 0; tries < 200; tries += 1) {
    const both = [spawn('/bin/true'), spawn('/bin/true')];
    for (const { pid = 0 } of both) noteCommand(pid);
    await Promise.all(both.map((child) => once(child, 'exit')));
    if (!both.some(({ pid = 0 }) => mayHaveLeft(pid))) return;
  }
  expect.fail('every pair seemed to have left something');
});
