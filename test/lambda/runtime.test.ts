import { randomBytes } from 'node:crypto';
import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Invocation, LambdaSandbox } from '../servers/lambda-runtime.ts';

type Line = Readonly<Record<string, unknown>> & { readonly type: string };

async function started(source?: string): Promise<LambdaSandbox> {
  const sandbox = await LambdaSandbox.start(source);
  onTestFinished(() => sandbox.stop());
  return sandbox;
}

function event(command: string | readonly string[], more: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  const executionId = `runtime-${randomBytes(8).toString('hex')}`;
  const usual = { env: {}, shell: '/bin/sh', limits: {}, mergeStderr: false, killSignal: 'SIGTERM', killGraceMs: 500 };
  return { errand: 2, executionId, command, timeoutMs: 20_000, ...usual, ...more };
}

/** Each with the output that follows it, of commands that print no more than a line. */
async function* lines({ response }: Invocation): AsyncGenerator<Line> {
  let rest = '';
  for await (const chunk of response) {
    rest += chunk;
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      const line: Line & { readonly bytes?: number } = JSON.parse(rest.slice(0, end));
      const size = end + 1 + (line.bytes ?? 0);
      if (rest.length < size) break;
      yield { ...line, said: rest.slice(end + 1, size) };
      rest = rest.slice(size);
    }
  }
}

async function all(invocation: Invocation): Promise<{ readonly stdout: string; readonly last: Line | undefined }> {
  let stdout = '';
  let last: Line | undefined;
  for await (const line of lines(invocation)) {
    if (line.type === 'stdout') stdout += line['said'];
    last = line;
  }
  return { stdout, last };
}

async function waitFor(file: string): Promise<void> {
  await vi.waitFor(() => access(file), { timeout: 15_000, interval: 20 });
}

describe.skipIf(LambdaSandbox.isSkipped)("the shipped handler in AWS's own runtime for Node", () => {
  it('streams what a command prints while it runs, and tells how it ended', async () => {
    const sandbox = await started();
    const invocation = sandbox.invoke(event(`echo first; until [ -e /mnt/shared/go ]; do sleep 0.05; done; echo last; exit 3`));
    const seen: Line[] = [];
    for await (const line of lines(invocation)) {
      seen.push(line);
      if (line['said'] === 'first\n') await writeFile(join(sandbox.shared, 'go'), '');
    }
    expect(seen.map(({ type }) => type)).toEqual(['started', 'stdout', 'stdout', 'usage', 'ended']);
    expect(seen.at(-1)).toMatchObject({ n: 4, ending: { outcome: 'exited', exitCode: 3 } });
    expect(invocation.fault).toBeUndefined();
  });

  it('keeps the deadline of the function, and has told of it by then', async () => {
    const { last } = await all((await started()).invoke(event('sleep 600'), { timeoutMs: 3_000 }));
    expect(last).toMatchObject({
      ending: { outcome: 'timed-out', reason: expect.stringMatching(/^the function's own timeout left it \d+ ms$/) },
    });
  });

  it('a command that ends its function is an answer that is cut, and the sandbox goes on', async () => {
    const sandbox = await started();
    await expect(all(sandbox.invoke(event('echo before; kill -9 $PPID; sleep 600')))).rejects.toThrow('crashed');
    expect(await all(sandbox.invoke(event('echo after')))).toMatchObject({ stdout: 'after\n', last: { ending: { exitCode: 0 } } });
  });

  it('what a crashed one left does not meet the next: processes that got away, and files', async () => {
    const sandbox = await started();
    expect(await all(sandbox.invoke(event('ls /tmp')))).toMatchObject({ stdout: 'of-an-extension\n' });
    const daemon = `setsid sh -c 'echo >/mnt/shared/lives; exec sleep 600' >/dev/null 2>&1 &`;
    const script = `echo secret >/tmp/left; ${daemon} until [ -e /mnt/shared/lives ]; do sleep 0.05; done; kill -9 $PPID; sleep 600`;
    await expect(all(sandbox.invoke(event(script)))).rejects.toThrow('crashed');
    await waitFor(join(sandbox.shared, 'lives'));
    const { stdout } = await all(sandbox.invoke(event('ls /tmp; cat /proc/[0-9]*/comm | grep sleep; true')));
    expect(stdout).toBe('of-an-extension\n');
  });

  it('what one left in directories that may not be written to does not meet the next', async () => {
    const sandbox = await started();
    await all(sandbox.invoke(event('mkdir -p /tmp/a/b; echo secret >/tmp/a/b/c; chmod 0 /tmp/a/b; chmod 500 /tmp/a')));
    expect(await all(sandbox.invoke(event('id -u; ls /tmp')))).toMatchObject({ stdout: '993\nof-an-extension\n' });
  });

  it('an execution that crashed its sandbox is not started again there', async () => {
    const sandbox = await started();
    const crashing = event(`echo ran >>/mnt/shared/runs; kill -9 $PPID; sleep 600`);
    await expect(all(sandbox.invoke(crashing))).rejects.toThrow('crashed');
    const { last } = await all(sandbox.invoke(crashing));
    expect(last).toMatchObject({ ending: { outcome: 'unknown', reason: expect.stringContaining('begun') } });
    const { stdout } = await all(sandbox.invoke(event(['cat', `/mnt/shared/runs`])));
    expect(stdout).toBe('ran\n');
  });

  it('a handler whose options are wrong says which when it is loaded', async () => {
    const sandbox = await started(
      "import { createHandler } from './errand-handler.mjs';\nexport const handler = createHandler({ marginMs: 1 });",
    );
    await vi.waitFor(() => expect(sandbox.initFaults[0]).toContain('marginMs: 1 is not allowed'), { timeout: 15_000 });
  });
});
