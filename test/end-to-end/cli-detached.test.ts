import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { localExecutor } from '@errand/core';
import { describe, expect, test } from 'vitest';
import { detachedHome } from './cli/detached.ts';
import { ERRAND, ended, exitOf, start, startProcess } from './cli/errand.ts';
import { heard } from './cli/output.ts';
import { uniqueSleep, untilRunning } from './cli/stray.ts';

const UNKNOWN = 'local-0123456789abcdef0123';

describe.skipIf(!localExecutor().supports.detached).concurrent('errand run --detach', () => {
  test('prints an id once the command runs, and attach in another process gives its output, apart, and its exit code', async () => {
    const { run, detach } = await detachedHome();
    const id = await detach(['--keep', '10s', '-c', 'echo out; echo err >&2; sleep 0.3; echo more; exit 7']);
    const whole = await run(['attach', id]);
    expect({ ...whole, stdout: whole.stdout.toString() }).toEqual({ code: 7, stdout: 'out\nmore\n', stderr: 'err\n' });
    const rest = await run(['attach', id, '--stdout-offset', '4', '--stderr-offset', '2']);
    expect({ ...rest, stdout: rest.stdout.toString() }).toEqual({ code: 7, stdout: 'more\n', stderr: 'r\n' });
  });

  test('leaves the command to go on when the process that started it, or one that was attached, is killed', async () => {
    const { env, run } = await detachedHome();
    const sleep = uniqueSleep();
    const child = start(['run', '--detach', '--json', '--keep', '1s', '-n', '-c', `echo up; exec ${sleep}`], { env });
    const { executionId } = JSON.parse((await heard(child.stdout, /^.*\n/))[0]);
    child.kill('SIGKILL');
    const attached = start(['attach', executionId], { env });
    await heard(attached.stdout, /up\n/);
    attached.kill('SIGKILL');
    await exitOf(attached);
    expect((await run(['ps'])).stdout.toString()).toMatch(new RegExp(`^${executionId}  running .* 3B +0B +echo up; exec ${sleep}$`, 'm'));
    await untilRunning(sleep, 1, 1_000);
    const killed = await run(['kill', executionId]);
    expect({ ...killed, stdout: killed.stdout.toString() }).toEqual({
      code: 0,
      stdout: `${executionId} ended: signaled SIGTERM\n`,
      stderr: '',
    });
    await untilRunning(sleep, 0, 1_000);
  });

  test('leaves no process and no directory once --keep has passed', async () => {
    const { detach, spool, run } = await detachedHome();
    const sleep = uniqueSleep();
    const id = await detach(['-c', `${sleep} & echo out`]);
    await run(['attach', id]);
    await untilRunning(sleep, 0, 5_000);
    await expect.poll(spool, { timeout: 10_000 }).toEqual([]);
    expect(await run(['attach', id])).toMatchObject({ code: 125, stderr: expect.stringMatching(`^errand: There is no execution '${id}'`) });
  });

  test('gives piped stdin whole, at most 1 MiB, and none with -n', async () => {
    const { run, detach, spool } = await detachedHome();
    const bytes = randomBytes(1_048_576);
    const id = await detach(['--keep', '20s', 'cat'], { stdin: bytes });
    expect((await run(['attach', id])).stdout.equals(bytes)).toBe(true);
    expect((await spool()).length).toBe(1);
    const refused = await run(['run', '--detach', 'cat'], { stdin: Buffer.alloc(1_048_577) });
    expect({ ...refused, stdout: refused.stdout.toString() }).toMatchObject({ code: 125, stdout: '' });
    expect(refused.stderr).toMatch(/^errand: stdin: is too long for --detach\. Allowed: at most 1MiB/);
    expect((await spool()).length).toBe(1);
  });

  test('refuses as errand run does, with its exit codes, and nothing is left', async () => {
    const { run, spool } = await detachedHome();
    const [program, cwd] = await Promise.all([
      run(['run', '--detach', 'no such program']),
      run(['run', '--detach', '--cwd', '/no/such', 'ls']),
    ]);
    expect(program).toMatchObject({ code: 127, stdout: Buffer.alloc(0) });
    expect(program.stderr).toMatch(/'no such program' was not found.*For shell source use -c\.\n$/);
    expect(cwd).toMatchObject({
      code: 125,
      stdout: Buffer.alloc(0),
      stderr: expect.stringMatching(/^errand: --cwd: there is no directory/),
    });
    await expect.poll(spool, { timeout: 5_000 }).toEqual([]);
  });

  test('starts a command once under an idempotency key, and refuses another under it', async () => {
    const { run } = await detachedHome();
    const submit = (script: string): ReturnType<typeof run> => run(['run', '--detach', '--idempotency-key', 'nightly', '-c', script]);
    const [first, again] = [await submit('echo once'), await submit('echo once')];
    expect(first.code).toBe(0);
    expect(again.stdout.toString()).toBe(first.stdout.toString());
    const other = await submit('echo other');
    expect(other).toMatchObject({ code: 125, stderr: expect.stringMatching(/^errand: --idempotency-key: something else was submitted/) });
    expect((await run(['ps'])).stdout.toString().trim().split('\n').length).toBe(2);
  });

  test('that is told to end before its command runs leaves nothing running', async () => {
    const { env, run } = await detachedHome();
    const sleep = uniqueSleep();
    const waiting = start(['run', '--detach', 'cat'], { env });
    const children = [0, 60, 120, 180, 240, 300].map((ms) => {
      const child = start(['run', '--detach', '--keep', '1s', '-n', '-c', `exec ${sleep}`], { env });
      // At any moment of its start.
      setTimeout(() => child.kill('SIGINT'), 150 + ms);
      return child;
    });
    // More than fits between them: it has come to wait for the rest.
    await new Promise((resolve) => waiting.stdin.write(Buffer.alloc(524_288), resolve));
    waiting.kill('SIGINT');
    expect(await exitOf(waiting)).toBe(130);
    const outcomes = await Promise.all(children.map(ended));
    // Who printed an id came before its signal.
    for (const { code, stdout } of outcomes)
      if (code === 0) expect(await run(['kill', stdout.toString().trim()])).toMatchObject({ code: 0 });
    await untilRunning(sleep, 0, 5_000);
  });
});

describe.skipIf(!localExecutor().supports.detached).concurrent('errand attach', () => {
  test('leaves the command running at Ctrl-C, and says so', async () => {
    const { env, run, detach } = await detachedHome();
    const id = await detach(['-n', '-c', 'echo up; exec sleep 60']);
    const child = start(['attach', id], { env });
    const said = heard(child.stderr, /errand: .*\n/);
    await heard(child.stdout, /up\n/);
    process.kill(-child.pid, 'SIGINT');
    expect(await exitOf(child)).toBe(130);
    expect((await said)[0]).toBe(`errand: ${id} was left as it is: errand attach ${id} follows it again, errand kill ${id} ends it\n`);
    expect((await run(['ps'])).stdout.toString()).toMatch(`${id}  running`);
    await run(['kill', id]);
  });

  test('tells a timeout and a cut by --max-spool, with the exit code of the end', async () => {
    const { run, detach } = await detachedHome();
    const [late, cut] = await Promise.all([
      detach(['--keep', '10s', '--timeout', '300ms', 'sleep', '60']),
      detach(['--keep', '10s', '--max-spool', '4B', '-c', 'echo 0123456789; exit 3']),
    ]);
    expect(await run(['attach', late])).toMatchObject({ code: 124, stderr: 'errand: --timeout passed, the command was ended\n' });
    const { code, stdout, stderr } = await run(['attach', cut]);
    expect({ code, stdout: stdout.toString(), stderr }).toEqual({
      code: 3,
      stdout: '0123',
      stderr: 'errand: there was more on stdout than --max-spool kept\n',
    });
  });
});

describe.skipIf(!localExecutor().supports.detached).concurrent('errand kill', () => {
  test('sends the signal it is given and no other, ends all without one, and says what had ended already', async () => {
    const { run, detach } = await detachedHome();
    const sleep = uniqueSleep();
    const id = await detach(['--keep', '20s', '-n', '-c', `trap "echo got" USR1; setsid ${sleep} & while :; do sleep 0.1; done`]);
    await untilRunning(sleep, 1, 5_000);
    const said = async (...args: string[]): Promise<string> => (await run(['kill', id, ...args])).stdout.toString();
    expect(await said('--signal', 'USR1')).toBe(`${id} was sent SIGUSR1\n`);
    await untilRunning(sleep, 1, 1_000);
    expect(await said()).toBe(`${id} ended: signaled SIGTERM\n`);
    await untilRunning(sleep, 0, 1_000);
    expect(await said()).toBe(`${id} had ended already: signaled SIGTERM\n`);
    expect(await said('--signal', 'SIGHUP')).toBe(`${id} had ended already: signaled SIGTERM\n`);
    expect(await run(['attach', id])).toMatchObject({ code: 143, stdout: Buffer.from('got\n') });
  });

  test('and attach refuse an id that is not there, with 125', async () => {
    const { run } = await detachedHome();
    for (const command of ['attach', 'kill']) {
      expect(await run([command, UNKNOWN])).toMatchObject({
        code: 125,
        stdout: Buffer.alloc(0),
        stderr: `errand: There is no execution '${UNKNOWN}': errand ps lists those that there are, until their --keep has passed.\n`,
      });
    }
  });
});

describe.skipIf(!localExecutor().supports.detached).concurrent('errand ps', () => {
  test('prints a header alone where there is nothing, with --json an empty array, and makes no directory', async () => {
    const { run, spool } = await detachedHome();
    const [plain, json] = await Promise.all([run(['ps']), run(['ps', '--json'])]);
    expect({ ...plain, stdout: plain.stdout.toString() }).toEqual({
      code: 0,
      stdout: 'ID  STATE  STARTED  STDOUT  STDERR  COMMAND\n',
      stderr: '',
    });
    expect(json.stdout.toString()).toBe('[]\n');
    expect(await spool()).toEqual([]);
  });

  test('lists what runs and what ended, the newest last, each in one line', async () => {
    const { run, detach } = await detachedHome();
    const first = await detach(['--keep', '20s', '-c', 'printf "%01536d" 0\nexit 4']);
    const last = await detach(['-n', 'sleep', '60']);
    await run(['attach', first]);
    const { stdout } = await run(['ps']);
    expect(stdout.toString().split('\n').slice(1)).toEqual([
      expect.stringMatching(new RegExp(`^${first}  exited 4  \\d+s +1\\.5KiB  0B +printf "%01536d" 0\\\\nexit 4$`)),
      expect.stringMatching(new RegExp(`^${last}  running   \\d+s +0B +0B +sleep 60$`)),
      '',
    ]);
    expect(JSON.parse((await run(['ps', '--json'])).stdout.toString())).toMatchObject([
      { id: first, state: 'ended', outcome: 'exited', exitCode: 4, stdoutBytes: 1536 },
      { id: last, state: 'running', command: 'sleep 60' },
    ]);
    await run(['kill', last]);
  });
});

test.skipIf(!localExecutor().supports.detached)('the example of the page does what it says', async () => {
  const { env } = await detachedHome();
  const page = await readFile(new URL('../../packages/cli/README.md', import.meta.url), 'utf8');
  const [, example = ''] = /^## Detached commands\n+```sh\n(.*?)^```$/ms.exec(page) ?? [];
  const script = `errand() { ${ERRAND.map((word) => `'${word}'`).join(' ')} "$@"; }\n${example.replace('attach "$id"', 'attach "$id" || echo "code $?"')}`;
  const { stdout, stderr } = await ended(startProcess(['sh', '-c', script], { env }));
  expect(stderr).toBe('');
  expect(stdout.toString()).toMatch(/^ID .*\nlocal-\w+ .*\nbegun\ndone\n(code 3).*\nlocal-\w+ had ended already: exited 3\n$/);
});
