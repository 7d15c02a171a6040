import { describe, expect, test } from 'vitest';
import { errand, exitOf, start } from './cli/errand.ts';
import { heard } from './cli/output.ts';
import { startInTerminal } from './cli/pty.ts';
import { uniqueSleep, untilRunning } from './cli/stray.ts';

describe.concurrent('errand shell in a terminal', () => {
  test('opens the login shell, and exits with its code', async () => {
    const shell = startInTerminal(['shell'], { SHELL: '/bin/sh' });
    shell.write('test -t 0 && echo "a"$((1 + 1))"b"; exit 7\n');
    await shell.until(/a2b/);
    expect(await shell.code).toBe(7);
  });

  test('has the size of the terminal around it, and follows it', async () => {
    const shell = startInTerminal(['shell', '-c', "trap 'stty size; exit 3' WINCH; stty size; while :; do sleep 0.05; done"]);
    await shell.until(/30 90/);
    shell.resize(77, 22);
    await shell.until(/22 77/);
    expect(await shell.code).toBe(3);
  });

  test('passes Ctrl-C on as a byte', async () => {
    const shell = startInTerminal(['shell', '--', 'sh', '-c', "trap 'echo caught; exit 4' INT; echo up; while :; do sleep 0.05; done"]);
    await shell.until(/up/);
    shell.write('\x03');
    await shell.until(/caught/);
    expect(await shell.code).toBe(4);
  });

  test('exits as errand run does where the program is not there', async () => {
    const shell = startInTerminal(['shell', 'errand-no-such-program']);
    await shell.until(/errand: .*was not found/);
    expect(await shell.code).toBe(127);
  });
});

describe.concurrent('errand shell without a terminal', () => {
  test('runs each line in one session, and exits with the code of the last', async () => {
    const stdin = 'cd /usr\nX=5\necho "$PWD $X"; echo err >&2\n\n(exit 6)\n';
    const { code, stdout, stderr } = await errand(['shell'], { stdin });
    expect({ code, stdout: stdout.toString(), stderr }).toEqual({ code: 6, stdout: '/usr 5\n', stderr: 'err\n' });
  });

  test('takes a line that is not whole for an error, and goes on; exit N ends it', async () => {
    const { code, stdout } = await errand(['shell', '--cwd', '/usr', '--env', 'A=b'], {
      stdin: 'if true\necho "$PWD $A"\nexit 9\necho no\n',
    });
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 9, stdout: '/usr b\n' });
  });

  test('ends by Ctrl-C what runs, then itself', async () => {
    const sleep = uniqueSleep();
    const child = start(['shell']);
    child.stdin.write(`${sleep}\n`);
    await untilRunning(sleep, 1, 15_000);
    child.kill('SIGINT');
    await untilRunning(sleep, 0, 5_000);
    const on = heard(child.stdout, /on\n/);
    child.stdin.write('echo on\n');
    await on;
    // Until the command is over, it meets that one; then it ends the shell.
    const code = exitOf(child);
    child.kill('SIGINT');
    child.stdin.end();
    expect([0, 130]).toContain(await code);
  });

  test('refuses a command, which would need one', async () => {
    expect(await errand(['shell', 'ls'])).toMatchObject({ code: 125, stderr: expect.stringContaining('needs a terminal') });
  });
});
