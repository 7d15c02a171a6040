import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { JobOutput } from './job-output.ts';

const MIB = 2 ** 20;

test('is delivered once both streams told their end, or nobody follows it any more', async () => {
  const output = new JobOutput();
  const told: string[] = [];
  void output.delivered.then(() => told.push('delivered'));
  output.end('stderr');
  await turn();
  expect([output.isOver, told]).toEqual([false, []]);
  output.end('stdout');
  await turn();
  expect([output.isOver, told]).toEqual([true, ['delivered']]);
  const left = new JobOutput();
  left.close();
  await left.delivered;
  expect(left.isOver).toBe(false);
});

test('begins where it is wanted from, whatever pieces it comes in', async () => {
  const output = new JobOutput({ stdout: 5 });
  for (const piece of ['123', '4567', '89']) output.give('stdout', Buffer.from(piece));
  output.give('stderr', Buffer.from('err'));
  output.close();
  expect(String(output.stdout.read())).toBe('6789');
  expect(String(output.stderr.read())).toBe('err');
});

test('waits for who does not read, until it is being ended: then what is beyond a bound is counted', async () => {
  const output = new JobOutput();
  output.give('stdout', Buffer.alloc(MIB));
  let isTaken = false;
  const taken = output.taken().then(() => {
    isTaken = true;
  });
  await turn();
  expect(isTaken).toBe(false);
  output.readOn();
  await taken;
  output.give('stdout', Buffer.alloc(MIB));
  output.give('stdout', Buffer.alloc(3));
  output.give('stdout', Buffer.alloc(4));
  expect([output.stdout.readableLength, output.omitted('stdout'), output.omitted('stderr')]).toEqual([2 * MIB, 7, 0]);
});
