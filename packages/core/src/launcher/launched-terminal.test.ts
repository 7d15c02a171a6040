import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Command } from '../command.ts';
import type { Driver } from '../driver.ts';
import { createExecutor } from '../engine/create-executor.ts';
import type { Executor } from '../executor.ts';
import { whyNoPty } from '../local/node-pty-client.ts';
import type { DefaultOptions } from '../options.ts';
import type { TerminalOptions } from '../terminal.ts';
import { type LineDriverOptions, lineDriver } from '../testing/line-driver.ts';
import { poll } from '../testing/tools/poll.ts';
import { childrenOf } from '../testing/tools/processes.ts';
import { LOGIN_SHELLS, POSIX_SHELLS } from '../testing/tools/test-shells.ts';

/** Every byte that a variable can hold, and some that are more than one. */
const NASTY = `${String.fromCharCode(...Array.from({ length: 127 }, (_, i) => i + 1))}é€😀\u00a0'"\\n\\0101$HOME\n\n`;

let directory = '';
let executors: Executor[] = [];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'errand-terminals-'));
});
afterEach(async () => {
  await Promise.all(executors.map((executor) => executor.close()));
  executors = [];
  await rm(directory, { recursive: true });
});

type Shells = Partial<LineDriverOptions>;

function line(shells: Shells = {}, defaults: DefaultOptions = {}, change: (driver: Driver) => Driver = (driver) => driver): Executor {
  const { sh } = shells;
  const makeDriver = (): Driver => change(lineDriver({ loginShell: '/bin/sh', ...shells }));
  const executor = createExecutor({ kind: 'line', makeDriver, ...(sh !== undefined && { shell: sh }) }, { defaults });
  executors.push(executor);
  return executor;
}

async function program(name: string, source: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, source);
  await chmod(path, 0o755);
  return path;
}

async function printed(executor: Executor, options: TerminalOptions): Promise<string> {
  return (await text((await executor.openTerminal(options)).stream)).replaceAll('\r', '');
}

/** What all processes of this machine were started with. */
function commandLines(): string {
  const read = (pid: string): string => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
    } catch {
      return '';
    }
  };
  return readdirSync('/proc').filter(Number).map(read).join('\n');
}

describe.skipIf(whyNoPty() !== undefined)('a terminal of a line driver', () => {
  describe.each(POSIX_SHELLS)('whose launcher runs in $name', ({ command: sh }) => {
    test.each(LOGIN_SHELLS)('behind $name as login shell: its command, cwd and environment are as they were given', async ({ command }) => {
      const executor = line({ sh, loginShell: command });
      const script = 'stty raw; printf "%s|" "$X" "$PWD" "$#" "$@"; printf %s "$BIG" | cksum';
      const env = { X: NASTY, BIG: 'y'.repeat(100_000) };
      const sum = (await executor.exec('printf %s "$BIG" | cksum', { env })).stdout.text;
      const terminal = await executor.openTerminal({ command: ['sh', '-c', script, 'sh', '', NASTY], env, cwd: directory });
      expect(await text(terminal.stream)).toBe(`${NASTY}|${directory}|2||${NASTY}|${sum}`);
    });

    test.each<[string, Command, Pick<DefaultOptions, 'cwd' | 'shell'>, string, object]>([
      ['a program that is in no directory of PATH', ['errand-nowhere'], {}, 'EXEC_NOT_FOUND', { what: 'program', name: 'errand-nowhere' }],
      ['a program that is a directory', ['/tmp'], {}, 'EXEC_PERMISSION', { what: 'program', name: '/tmp' }],
      ['a missing cwd', 'echo >ran', { cwd: '/errand/no where' }, 'EXEC_NOT_FOUND', { what: 'cwd', name: '/errand/no where' }],
      ['a missing shell', 'echo >ran', { shell: '/errand/sh' }, 'EXEC_NOT_FOUND', { what: 'shell', name: '/errand/sh' }],
    ])('refuses before anything starts: %s', async (_what, command, defaults, code, detail) => {
      const executor = line({ sh }, { cwd: directory, ...defaults });
      await expect(executor.openTerminal({ command })).rejects.toMatchObject({ code, detail });
      expect(existsSync(join(directory, 'ran'))).toBe(false);
    });

    test('shows nothing of a secret while it opens, neither in it nor in a command line, and no frame', async () => {
      let shown = '';
      const watched = (driver: Driver): Driver => ({
        ...driver,
        openPty: async (request, signal) => {
          const pty = await driver.openPty?.(request, signal);
          if (!pty) throw new Error('no terminal');
          pty.stdout.on('data', (chunk: Buffer) => {
            shown += chunk.toString('latin1');
          });
          return pty;
        },
      });
      const executor = line({ sh }, {}, watched);
      const opening = executor.openTerminal({ command: 'echo on; read -r line', env: { SECRET: 'hidden-5d1\nhidden-5d2' } });
      let isOpening = true;
      const over = (): void => {
        isOpening = false;
      };
      opening.then(over, over);
      while (isOpening) {
        expect(commandLines()).not.toContain('hidden-5d');
        await nextTurn();
      }
      const terminal = await opening;
      await poll('it is on', 5_000, () => shown.includes('on\r\n'));
      expect(commandLines()).not.toContain('hidden-5d');
      expect(shown).not.toContain('hidden-5d');
      expect(shown).toMatch(/^[0-9a-f]{32} ready\n[0-9a-f]{32} started \d+ \d+\r\non\r\n$/);
      terminal.stream.write('\n');
      expect(await text(terminal.stream)).toBe('on\r\n\r\n');
    });

    test('is set as it was before its launcher', async () => {
      const bare = lineDriver({ loginShell: '/bin/sh' });
      const pty = await bare.openPty?.({ line: 'stty -g', columns: 80, rows: 24, term: 'dumb' }, new AbortController().signal);
      expect(await printed(line({ sh }), { command: 'stty -g' })).toBe((pty ? await text(pty.stdout) : '').replaceAll('\r', ''));
    });

    test('leaves no variable of the launcher to the command', async () => {
      expect(await printed(line({ sh }), { command: 'env | grep -i errand_' })).toMatch(/^ERRAND_EXECUTION=[0-9a-f]{32}\.[\w-]+\n$/);
    });
  });

  test('refuses arguments that together are too long', { timeout: 20_000 }, async () => {
    const opening = line().openTerminal({ command: ['true', ...Array<string>(20).fill('x'.repeat(120_000))] });
    await expect(opening).rejects.toMatchObject({ code: 'EXEC_INVALID_OPTION', detail: { option: 'command' } });
  });

  test('drops what its login shell prints before the command', async () => {
    const noisy = await program('noisy', '#!/bin/sh\nset -x\nprintf "welcome\\nto here"\nexec /bin/sh "$@"\n');
    expect(await printed(line({ loginShell: noisy }), { command: 'echo on' })).toBe('on\n');
  });

  test('says what a login shell printed that lets nobody in', async () => {
    const closed = await program('closed', '#!/bin/sh\necho closed for repairs; exit 1\n');
    const opening = line({ loginShell: closed }).openTerminal({ command: 'echo on' });
    await expect(opening).rejects.toMatchObject({ code: 'EXEC_UNAVAILABLE', message: expect.stringContaining('closed for repairs') });
  });

  test('is refused where the target has no stty', async () => {
    for (const name of ['sh', 'cat']) await symlink(`/bin/${name}`, join(directory, name));
    const bare = await program('bare', `#!/bin/sh\nPATH=${directory}; export PATH; exec /bin/sh "$@"\n`);
    const opening = line({ loginShell: bare }).openTerminal({ command: 'echo on' });
    await expect(opening).rejects.toMatchObject({ code: 'EXEC_NOT_SUPPORTED', message: expect.stringContaining('stty') });
  });

  test('without a command has the shell that SHELL names, as one that was logged in to, else one that there is', async () => {
    const own = await program('own', '#!/bin/sh\necho "own $*"\n');
    const executor = line();
    expect(await printed(executor, { env: { SHELL: own } })).toBe('own -l\n');
    for (const SHELL of ['/errand/nowhere', 'own', undefined]) {
      const terminal = await executor.openTerminal({ env: { SHELL } });
      terminal.stream.write(' exit 4\n');
      expect((await terminal.result).exitCode).toBe(4);
    }
  });

  test('that hangs while it opens is given up, with whose reason it was', async () => {
    const hanging = await program('hanging', `#!/bin/sh\necho >${directory}/hangs; exec sleep 61.7\n`);
    const abort = new AbortController();
    const reason = new Error('enough');
    const executor = line({ loginShell: hanging });
    const opening = executor.openTerminal({ command: 'echo on', signal: abort.signal });
    opening.catch(() => {});
    await poll('it hangs', 5_000, () => existsSync(join(directory, 'hangs')));
    abort.abort(reason);
    await expect(opening).rejects.toBe(reason);
    await poll('it is gone', 5_000, () => !commandLines().includes('61.7'));
    const late = line({ loginShell: hanging }, { startTimeoutMs: 300 });
    await expect(late.openTerminal({ command: 'echo on' })).rejects.toMatchObject({ code: 'EXEC_START_TIMEOUT' });
  });

  test('whose connection is lost before it said that it began is unknown, and what began is ended', async () => {
    const losing = (driver: Driver): Driver => ({
      ...driver,
      openPty: async (request, signal) => {
        const pty = await driver.openPty?.(request, signal);
        if (!pty) throw new Error('no PTY');
        const lost = Promise.withResolvers<never>();
        lost.promise.catch(() => {});
        const stdout = new PassThrough();
        pty.stdout.once('data', (ready: Buffer) => {
          stdout.write(ready);
          pty.stdout.resume();
        });
        poll('it began', 5_000, () => existsSync(join(directory, 'ran'))).then(() => {
          stdout.destroy();
          lost.reject(new Error('the connection was lost'));
        });
        return { ...pty, stdout, exit: lost.promise, destroy: () => {} };
      },
    });
    const executor = line({}, {}, losing);
    const terminal = await executor.openTerminal({ command: `echo $$ >${directory}/ran; exec sleep 61.8` });
    expect(await text(terminal.stream)).toBe('');
    expect(await terminal.result).toMatchObject({ outcome: 'unknown', reason: expect.stringContaining('lost before it said') });
    await poll('what began is gone', 5_000, () => !commandLines().includes('61.8'));
    terminal.stream.write('typed in vain');
    await terminal.resize(10, 10);
    await terminal.close();
  });

  test('opens where the supervisor has just died, and once', async () => {
    const executor = line();
    const before = new Set(childrenOf(process.pid));
    await executor.exec(':');
    const shell = childrenOf(process.pid).find((pid) => !before.has(pid) && childrenOf(pid).length === 2) ?? 0;
    expect(shell).toBeGreaterThan(1);
    for (const pid of childrenOf(shell)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Without the one the other goes by itself.
      }
    }
    expect(await printed(executor, { command: `echo on; echo ran >>${directory}/ran` })).toBe('on\n');
    expect(readFileSync(join(directory, 'ran'), 'utf8')).toBe('ran\n');
  });
});
