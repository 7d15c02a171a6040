import { randomBytes } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { ERRAND, ended, errand, exitOf, start, startProcess } from './cli/errand.ts';
import { temporaryDirectory } from './cli/temporary.ts';

/** Prints each argument between brackets. */
const SHOW = ['sh', '-c', `printf '<%s>' "$@"`, 'sh'] as const;

async function stdoutOf(...parameters: Parameters<typeof errand>): Promise<string> {
  return (await errand(...parameters)).stdout.toString();
}

describe.concurrent('the words after errand run', () => {
  test('are arguments as they stand, whatever a shell would make of them', async () => {
    const words = ['', ' a  b ', '$HOME', '*', `'"\\`, 'a\nb', '\u00a0é', '--', '-n', '--help'];
    expect(await stdoutOf(['run', ...SHOW, ...words])).toBe(words.map((word) => `<${word}>`).join(''));
    expect(await stdoutOf(['run', '--', ...SHOW, ...words])).toBe(words.map((word) => `<${word}>`).join(''));
  });

  test('are a program after --, even if it looks like an option', async () => {
    expect(await errand(['run', '--', '-c', 'echo no'])).toMatchObject({ code: 127, stdout: Buffer.alloc(0) });
    expect(await stdoutOf(['run', '--', 'ls', '--help'])).toContain('Usage: ls');
  });

  test('belong to the command from the first that is no option, also without --', async () => {
    expect(await stdoutOf(['run', 'ls', '--help'])).toContain('Usage: ls');
    expect(await stdoutOf(['run', '--cwd', '/', ...SHOW, '--cwd', '/tmp', '--timeout', '5'])).toBe('<--cwd></tmp><--timeout><5>');
  });

  test('are shell source after -c', async () => {
    expect(await stdoutOf(['run', '-c', 'x=1; echo "$((x + 1))" | tr 2 3'])).toBe('3\n');
  });
});

describe.concurrent('options of errand run', () => {
  test('--cwd says where the command starts', async () => {
    const directory = await realpath(await temporaryDirectory());
    expect(await stdoutOf(['run', '--cwd', directory, 'pwd'])).toBe(`${directory}\n`);
    expect(await stdoutOf(['run', 'pwd'], { cwd: directory })).toBe(`${directory}\n`);
  });

  test('--env sets variables, and NAME alone passes on a value that then is in no argv', async () => {
    const env = { FROM_HERE: 'a secret', ERRAND_PRIVATE: '1' };
    const args = ['--env', 'GIVEN=a=b', '--env', 'EMPTY=', '--env', 'FROM_HERE', '-c', 'echo "$GIVEN|$EMPTY|$FROM_HERE|$ERRAND_PRIVATE"'];
    expect(await stdoutOf(['run', ...args], { env })).toBe('a=b||a secret|\n');
  });

  test('--json prints one object with the result, and nothing else', async () => {
    const { code, stdout, stderr } = await errand(['run', '--json', '-c', 'echo out; echo err >&2; exit 3']);
    expect({ code, stderr }).toEqual({ code: 3, stderr: '' });
    expect(stdout.toString()).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(stdout.toString())).toEqual({
      executionId: expect.stringMatching(/^local-/),
      target: 'local',
      outcome: 'exited',
      ok: false,
      exitCode: 3,
      stdout: { totalBytes: 4, omittedBytes: 0, text: 'out\n' },
      stderr: { totalBytes: 4, omittedBytes: 0, text: 'err\n' },
      timings: { queuedMs: expect.any(Number), startMs: expect.any(Number), runMs: expect.any(Number) },
    });
  });

  test('--json gives base64 beside the text of output that is no UTF-8, and says what --max-output cut', async () => {
    const [binary, cut] = await Promise.all([
      stdoutOf(['run', '--json', 'printf', '\\377a']),
      stdoutOf(['run', '--json', '--max-output', '4B', '-c', "printf 'ab\\377cde'"]),
    ]);
    expect(JSON.parse(binary).stdout).toEqual({ totalBytes: 2, omittedBytes: 0, text: '\ufffda', base64: '/2E=' });
    expect(JSON.parse(cut).stdout).toEqual({ totalBytes: 6, omittedBytes: 2, text: 'ab\n[… 2 bytes omitted …]\nde' });
  });

  test('--json prints nothing for a command that did not start, and the exit code and stderr tell', async () => {
    const { code, stdout, stderr } = await errand(['run', '--json', 'no-such-program']);
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 127, stdout: '' });
    expect(stderr).toContain('was not found');
  });

  test('--json tells a timeout as the outcome', async () => {
    const { code, stdout } = await errand(['run', '--json', '--timeout', '200ms', 'sleep', '60']);
    expect(code).toBe(124);
    expect(JSON.parse(stdout.toString())).toMatchObject({ outcome: 'timed-out', ok: false, reason: expect.stringContaining('--timeout') });
  });
});

describe.concurrent('stdin of errand run', () => {
  test('is passed on byte for byte, also where it is large', async () => {
    const bytes = randomBytes(24 * 1024 ** 2);
    const { code, stdout } = await errand(['run', 'cat'], { stdin: bytes });
    expect(code).toBe(0);
    expect(stdout.equals(bytes)).toBe(true);
  });

  test('is none with -n', async () => {
    const child = start(['run', '-n', 'cat']);
    expect(await ended(child)).toMatchObject({ code: 0, stdout: Buffer.alloc(0) });
  });

  test('keeps nobody waiting who does not read it to its end, though it never ends', async () => {
    const endless = startProcess(['sh', '-c', 'yes | "$@"', 'sh', ...ERRAND, 'run', '--', 'head', '-n1']);
    expect(await ended(endless)).toMatchObject({ code: 0, stdout: Buffer.from('y\n') });
    // This one's stdin stays open, and silent.
    expect(await exitOf(start(['run', 'true']))).toBe(0);
  });

  test('is none where it is closed or /dev/null', async () => {
    for (const redirection of ['<&-', '</dev/null']) {
      const child = startProcess(['sh', '-c', `"$@" ${redirection}`, 'sh', ...ERRAND, 'run', '-c', 'cat; echo end']);
      expect(await ended(child)).toMatchObject({ code: 0, stdout: Buffer.from('end\n'), stderr: '' });
    }
  });

  test('is none where it is a terminal', async ({ skip }) => {
    if (process.platform !== 'linux') skip('script takes other arguments here');
    const line = [...ERRAND, 'run', '-c', 'cat; echo "end $?"'].map((word) => `'${word}'`).join(' ');
    const terminal = startProcess(['script', '--quiet', '--return', '--command', line, '/dev/null']);
    const { stdout } = await ended(terminal);
    expect(stdout.toString()).toBe('end 0\r\n');
  });

  test('may not be a directory, which gives nothing to read; with -n it does not matter', async () => {
    const refused = await ended(startProcess(['sh', '-c', '"$@" run cat </', 'sh', ...ERRAND]));
    expect(refused).toMatchObject({
      code: 125,
      stdout: Buffer.alloc(0),
      stderr: expect.stringMatching(/^errand: stdin: is a directory\. /),
    });
    expect(await ended(startProcess(['sh', '-c', '"$@" run -n cat </', 'sh', ...ERRAND]))).toMatchObject({ code: 0, stderr: '' });
  });
});
