import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { errand } from './cli/errand.ts';
import { temporaryDirectory } from './cli/temporary.ts';

describe.concurrent('errand run exits', () => {
  test("with the command's code, and says nothing more", async () => {
    const { code, stdout, stderr } = await errand(['run', '-c', 'echo out; echo err >&2; exit 7']);
    expect({ code, stdout: stdout.toString(), stderr }).toEqual({ code: 7, stdout: 'out\n', stderr: 'err\n' });
  });

  test('with 128+n and the signal on stderr when a signal ended the command', async () => {
    expect(await errand(['run', '-c', 'kill -KILL $$'])).toMatchObject({ code: 137, stderr: 'errand: ended by SIGKILL\n' });
    expect(await errand(['run', '-c', 'kill -USR1 $$'])).toMatchObject({ code: 138, stderr: 'errand: ended by SIGUSR1\n' });
  });

  test('with 124 after either timeout, with the output so far', async () => {
    const [timeout, idle] = await Promise.all([
      errand(['run', '--timeout', '400ms', '-c', 'while echo out; do sleep 0.1; done']),
      errand(['run', '--idle-timeout', '300ms', '-c', 'echo out; exec sleep 60']),
    ]);
    expect(timeout).toMatchObject({ code: 124, stderr: 'errand: --timeout passed, the command was ended\n' });
    expect(timeout.stdout.toString()).toMatch(/^(out\n)+$/);
    expect(idle).toMatchObject({ code: 124, stderr: 'errand: --idle-timeout passed without output, the command was ended\n' });
    expect(idle.stdout.toString()).toBe('out\n');
  });

  test('with 127 for a program that is not there, and points to -c for a whole line in one word', async () => {
    const [missing, line] = await Promise.all([errand(['run', 'no-such-program']), errand(['run', 'echo hello'])]);
    expect(missing).toMatchObject({
      code: 127,
      stderr: "errand: The program 'no-such-program' was not found: it is in no directory of PATH.\n",
    });
    expect(line.code).toBe(127);
    expect(line.stderr).toMatch(/'echo hello' was not found.*For shell source use -c\.\n$/);
    expect((await errand(['run', '-c', 'no-such-program'])).code).toBe(127);
  });

  test('with 126 for a file that cannot be executed', async () => {
    const file = join(await temporaryDirectory(), 'script');
    await writeFile(file, '#!/bin/sh\n');
    await chmod(file, 0o644);
    expect(await errand(['run', file])).toMatchObject({ code: 126, stderr: `errand: The program '${file}' is not an executable file.\n` });
  });

  test('with 125 for a working directory or an account that is not there', async () => {
    const [cwd, user] = await Promise.all([errand(['run', '--cwd', '/no/such', 'ls']), errand(['run', '--user', 'no-such-user', 'id'])]);
    expect(cwd).toMatchObject({ code: 125, stderr: "errand: --cwd: there is no directory '/no/such'.\n" });
    expect(user.code).toBe(125);
    expect(user.stderr).toMatch(/^errand: --user\b/);
  });

  test('and says so on stderr when processes that the command left were ended', async () => {
    const { code, stderr } = await errand(['run', '-c', 'sleep 60 & echo started']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'errand: processes that it had left running were ended\n' });
  });
});
