import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Executor } from '../executor.ts';
import type { ExecutorOptions } from '../options.ts';
import { lineExecutor } from '../testing/line-executor.ts';
import { poll } from '../testing/tools/poll.ts';
import { LOGIN_SHELLS, POSIX_SHELLS } from '../testing/tools/test-shells.ts';

let directory = '';
let executors: Executor[] = [];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'errand-launcher-'));
});
afterEach(async () => {
  await Promise.all(executors.map((executor) => executor.close()));
  executors = [];
  await rm(directory, { recursive: true });
});

function line(sh: string, loginShell = '/bin/sh', options: ExecutorOptions = {}): Executor {
  const executor = lineExecutor({ sh, loginShell }, options);
  executors.push(executor);
  return executor;
}

async function program(name: string, source: string, mode = 0o755): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, source);
  await chmod(path, mode);
  return path;
}

/** Every byte that an argument or variable can hold, and some that are more than one. */
const NASTY = `${String.fromCharCode(...Array.from({ length: 127 }, (_, i) => i + 1))}é€😀\u00a0'"\\n\\0101$HOME\n\n`;

const LONG_ARGV: readonly string[] = ['true', ...Array<string>(20).fill('x'.repeat(120_000))];

describe.each(POSIX_SHELLS)('a launcher in $name', ({ command: sh }) => {
  test('starts what tells that it waits for input, until it was sent some', async () => {
    await using execution = line(sh).spawn('head -n 1; sleep 60', { stdin: 'pipe' });
    await poll('it waits for input', 10_000, () => execution.waitsForInput());
    execution.stdin.write('some\n');
    await once(execution.stdout, 'data');
    expect(await execution.waitsForInput()).toBe(false);
  });

  describe.each(LOGIN_SHELLS)('behind $name as login shell', ({ command: loginShell }) => {
    test('hands over command, cwd, environment and stdin as they are', async () => {
      const cwd = join(directory, `a 'b' "c"\n$d`);
      await mkdir(cwd);
      const executor = line(sh, loginShell);
      const argv = ['printf', '<%s>', NASTY, '', '-n', '*', '~', '--', '!!', '%s'];
      expect((await executor.exec(argv)).stdout.text).toBe(
        argv
          .slice(2)
          .map((word) => `<${word}>`)
          .join(''),
      );
      const script = 'printf "%s|" "$X" "$PWD" "$#" "$0"; cat; echo to stderr >&2; exit 3';
      const result = await executor.exec(script, { env: { X: NASTY }, cwd, stdin: `${NASTY}\0${NASTY}` });
      expect(result.stdout.text).toBe(`${NASTY}|${cwd}|0|/bin/sh|${NASTY}\0${NASTY}`);
      expect(result.stderr.text).toBe('to stderr\n');
      expect(result.exitCode).toBe(3);
    });

    test('leaves no variable, descriptor or ignored signal of its own to the command', async () => {
      const executor = line(sh, loginShell);
      expect((await executor.exec('env | grep -i errand_')).stdout.text).toMatch(/^ERRAND_EXECUTION=[0-9a-f]{32}\.\w+\n$/);
      const inherited = execFileSync('ls', ['/proc/self/fd'], { encoding: 'utf8' }).split('\n');
      const descriptors = (await executor.exec('ls /proc/self/fd')).stdout.text.split('\n');
      expect(descriptors.filter((one) => !inherited.includes(one))).toEqual([]);
      expect((await executor.exec('grep -E "Sig(Ign|Blk)" /proc/self/status')).stdout.text).toMatch(/^SigBlk:\t0+\nSigIgn:\t0+\n$/);
    });
  });

  test.each([
    ['a program that is in no directory of PATH', ['errand-nowhere'], {}, 'EXEC_NOT_FOUND', { what: 'program', name: 'errand-nowhere' }],
    ['a program that is no file', ['/errand/nowhere'], {}, 'EXEC_NOT_FOUND', { what: 'program', name: '/errand/nowhere' }],
    ['a program that is a directory', ['/tmp'], {}, 'EXEC_PERMISSION', { what: 'program', name: '/tmp' }],
    ['a program without execute bit', ['/etc/passwd'], {}, 'EXEC_PERMISSION', { what: 'program', name: '/etc/passwd' }],
    ['a builtin that is no program', ['eval', 'exit'], {}, 'EXEC_NOT_FOUND', { what: 'program', name: 'eval' }],
    ['a missing cwd', ':', { cwd: '/errand/no where' }, 'EXEC_NOT_FOUND', { what: 'cwd', name: '/errand/no where' }],
    ['a cwd that is a file', ':', { cwd: '/etc/passwd' }, 'EXEC_NOT_FOUND', { what: 'cwd', name: '/etc/passwd' }],
    ['a missing shell', ':', { shell: '/errand/sh' }, 'EXEC_NOT_FOUND', { what: 'shell', name: '/errand/sh' }],
    ['a shell without execute bit', ':', { shell: '/etc/passwd' }, 'EXEC_PERMISSION', { what: 'shell', name: '/etc/passwd' }],
    ['arguments that together are too long', LONG_ARGV, {}, 'EXEC_INVALID_OPTION', { option: 'command' }],
    ['a script that is too long', `# ${'x'.repeat(2_100_000)}`, {}, 'EXEC_INVALID_OPTION', { option: 'command' }],
    [
      'more descriptors than the hard limit',
      ':',
      { limits: { openFiles: 1_000_000_000 } },
      'EXEC_INVALID_OPTION',
      { option: 'limits.openFiles' },
    ],
  ] as const)('refuses before anything starts: %s', async (_what, command, options, code, detail) => {
    await expect(line(sh).exec(command, options)).rejects.toMatchObject({ code, detail });
  });

  test('finds a program as execvp does', async () => {
    await mkdir(join(directory, 'denied'));
    await program('denied/tool', '#!/bin/sh\necho denied', 0o644);
    await mkdir(join(directory, 'dir'));
    await mkdir(join(directory, 'dir/tool'));
    await mkdir(join(directory, 'here'));
    await program('here/tool', '#!/bin/sh\necho here');
    await program('here/-a b', '#!/bin/sh\necho dash');
    const executor = line(sh);
    const PATH = (...names: readonly string[]): { env: { PATH: string }; cwd: string } => ({
      env: { PATH: names.map((one) => (one === '' ? '' : join(directory, one))).join(':') },
      cwd: join(directory, 'here'),
    });
    const says = async (...[command, options]: Parameters<Executor['exec']>): Promise<string> =>
      (await executor.exec(command, options)).stdout.text;
    expect(await says(['tool'], PATH('missing', 'denied', 'dir', 'here'))).toBe('here\n');
    expect(await says(['tool'], PATH('missing', ''))).toBe('here\n');
    expect(await says(['tool'], PATH('', 'missing'))).toBe('here\n');
    expect(await says(['-a b'], PATH('here'))).toBe('dash\n');
    expect(await says(['./-a b'], PATH('missing'))).toBe('dash\n');
    await expect(executor.exec(['tool'], PATH('denied', 'missing'))).rejects.toMatchObject({ code: 'EXEC_PERMISSION' });
    await expect(executor.exec(['tool'], PATH('dir'))).rejects.toMatchObject({ code: 'EXEC_NOT_FOUND' });
    expect(await says(['printenv', 'PATH'], { env: { PATH: undefined } })).toBe('');
  });

  test('takes names that its sh keeps for itself exactly, or refuses them', async () => {
    const executor = line(sh);
    const names = [
      'UID',
      'EUID',
      'PPID',
      'RANDOM',
      'LINENO',
      'OPTIND',
      'BASHOPTS',
      'SHELLOPTS',
      'GROUPS',
      'DIRSTACK',
      'FUNCNAME',
      'BASH_ARGV',
      'HISTCMD',
    ];
    const plain = [
      'IFS',
      'PS4',
      'CDPATH',
      'ENV',
      'BASH_ENV',
      'PWD',
      'OLDPWD',
      'HOME',
      'LC_ALL',
      'POSIXLY_CORRECT',
      'PS1',
      'BASH_VERSION',
      'SHLVL',
    ];
    for (const variable of [...names, ...plain]) {
      const env = { [variable]: '5 6', FOLLOWS: 'a b' };
      const shown = executor.exec(['printenv', variable, 'FOLLOWS'], { env: variable === 'SHLVL' ? { ...env, SHLVL: '7' } : env });
      const text = await shown.then(
        (result) => result.stdout.text,
        (error) => `${error.code} ${error.detail.option}`,
      );
      const exact = variable === 'SHLVL' ? '7\na b\n' : '5 6\na b\n';
      const refused = names.includes(variable) && text !== exact;
      expect([variable, text]).toEqual([variable, refused ? `EXEC_INVALID_OPTION env.${variable}` : exact]);
    }
  });

  test('removes variables, and appends its marker to that of an outer execution', async () => {
    const executor = lineExecutor({
      sh,
      loginShell: '/bin/sh',
      environment: { PATH: '/usr/bin:/bin', A: '1', B: '2', ERRAND_EXECUTION: 'f00.1' },
    });
    executors.push(executor);
    const { stdout } = await executor.exec('echo "${A-unset} ${B-unset} $ERRAND_EXECUTION"', { env: { A: undefined } });
    expect(stdout.text).toMatch(/^unset 2 f00\.1:[0-9a-f]{32}\.\w+\n$/);
  });

  test('enters a directory by its path, whatever CDPATH and links say', async () => {
    await mkdir(join(directory, 'real/sub'), { recursive: true });
    await mkdir(join(directory, 'elsewhere/real'), { recursive: true });
    await symlink(join(directory, 'real/sub'), join(directory, 'link'));
    await mkdir(join(directory, 'elsewhere/packages'));
    const environment = { PATH: '/usr/bin:/bin', CDPATH: join(directory, 'elsewhere') };
    const relative = lineExecutor({ sh, loginShell: '/bin/sh', environment });
    executors.push(relative);
    expect((await relative.exec('pwd -P', { cwd: 'packages' })).stdout.text).toBe(`${process.cwd()}/packages\n`);
    const executor = lineExecutor({ sh, loginShell: '/bin/sh', environment }, { defaults: { cwd: directory } });
    executors.push(executor);
    expect((await executor.exec('pwd -P', { cwd: 'real' })).stdout.text).toBe(`${directory}/real\n`);
    expect((await executor.exec('pwd -P', { cwd: `${directory}/link/..` })).stdout.text).toBe(`${directory}/real\n`);
  });

  test('merges stderr into stdout in order, and leaves stdin empty where none was given', async () => {
    const result = await line(sh).exec('echo a; echo b >&2; echo c; readlink /proc/$$/fd/0; echo d >&2', { stderr: 'stdout' });
    expect([result.stdout.text, result.stderr.text]).toEqual(['a\nb\nc\n/dev/null\nd\n', '']);
  });

  test('sets limits for the command alone', async () => {
    const limits = { memoryBytes: 2 ** 32, cpuMs: 1500, fileBytes: 513, openFiles: 99 };
    const result = await line(sh).exec(['/bin/dash', '-c', 'ulimit -v; ulimit -t; ulimit -f; ulimit -n'], { limits });
    expect(result.stdout.text).toBe(`${2 ** 22}\n2\n2\n99\n`);
  });

  test('hands on a stdin that came with the preamble, byte for byte', async () => {
    const stdin = randomBytes(3_000_000);
    const result = await line(sh).exec(`# ${'long\n'.repeat(40_000)}\ncat`, { stdin, maxOutputBytes: 8_000_000 });
    expect(Buffer.compare(Buffer.from(result.stdout.bytes), stdin)).toBe(0);
  });

  test('drops what the login shell prints, and shows it where nothing ran', async () => {
    const noisy = await program('noisy', '#!/bin/sh\nseq 20000; seq 20000 >&2; exec /bin/sh "$@"\n');
    expect((await line(sh, noisy).exec('echo out; echo err >&2')).stdout.text).toBe('out\n');
    const nologin = await program('nologin', '#!/bin/sh\necho This account is not available.; exit 1\n');
    await expect(line(sh, nologin).exec(`touch ${directory}/ran`)).rejects.toMatchObject({
      code: 'EXEC_UNAVAILABLE',
      message: expect.stringMatching(/with code 1 before it ran anything.*This account is not available/),
    });
    await expect(readFile(join(directory, 'ran'))).rejects.toThrow('ENOENT');
  });

  test('runs nothing whose start was given up, even when the launcher comes late', async () => {
    const slow = await program('slow', `#!/bin/sh\necho $$ >${directory}/pid; sleep 0.7; exec /bin/sh "$@"\n`);
    const executor = line(sh, slow);
    await expect(executor.exec(`touch ${directory}/ran`, { startTimeoutMs: 200 })).rejects.toMatchObject({ code: 'EXEC_START_TIMEOUT' });
    await expect(readFile(join(directory, 'ran'))).rejects.toThrow('ENOENT');
  });

  test('may not say that nothing ran when a launcher cannot be asked any more', async () => {
    const stuck = await program('stuck', '#!/bin/sh\nsleep 3; exec /bin/sh "$@"\n');
    const result = await line(sh, stuck).exec('echo ran', { startTimeoutMs: 200 });
    expect(result.outcome).toBe('unknown');
  });
});
