import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { namedShells } from '../../testing/tools/test-shells.ts';
import { SESSION_COMMANDS } from './session-commands.ts';

const { shells, remove } = namedShells();
const proc = mkdtempSync(join(tmpdir(), 'errand-proc-'));
afterAll(remove);
afterAll(() => rmSync(proc, { recursive: true }));

const NONE = '0000000000000000';
const KILL = '0000000000000100';

interface Checkpoint {
  readonly state?: string;
  /** Of its flags. */
  readonly flags?: number;
  readonly own?: string;
  readonly shared?: string;
}

/** A process as /proc tells it: no real one stays for long in what is between a signal and a death. */
function write({ state = 'S', flags = 0x400000, own = NONE, shared = NONE }: Checkpoint): void {
  mkdirSync(join(proc, '12'), { recursive: true });
  writeFileSync(join(proc, '12', 'stat'), `12 (a) b) ${state} 1 2 3 0 -1 ${flags} ${'0 '.repeat(12)}345 0\n`);
  writeFileSync(join(proc, '12', 'status'), `Name:\tsh\nState:\t${state}\nSigPnd:\t${own}\nShdPnd:\t${shared}\nSigBlk:\t${KILL}\n`);
}

function lives(shell: string, after: string): boolean {
  const script = `nl='\n' ifs=' '; ${SESSION_COMMANDS.replaceAll('/proc/', `${proc}/`)}\nafter=${after}; has_checkpoint && echo lives || echo not`;
  return execFileSync(shell, ['-c', script], { encoding: 'utf8' }) === 'lives\n';
}

describe.each(shells)('to $name', ({ file }) => {
  test.each([{}, { state: 'R' }, { own: '0000000000004000' }, { shared: '0000000000001000', flags: 0x400040 }])(
    'a checkpoint lives that is %j',
    (checkpoint) => {
      write(checkpoint);
      expect(lives(file, '12/345')).toBe(true);
    },
  );

  test.each([{ state: 'Z' }, { state: 'X' }, { own: KILL }, { shared: KILL }, { own: '0000000000004300' }, { flags: 0x400044 }])(
    'a checkpoint is dead, or about to die, that is %j',
    (checkpoint) => {
      write(checkpoint);
      expect(lives(file, '12/345')).toBe(false);
    },
  );

  test('another process with its number, or none, is no checkpoint', () => {
    write({});
    expect(lives(file, '12/346')).toBe(false);
    expect(lives(file, '13/345')).toBe(false);
  });
});
