import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import type { ByteChannel, Driver, DriverProcess, ProcessRequest } from '../driver.ts';
import { lineDriver } from '../testing/line-driver.ts';
import { poll } from '../testing/tools/poll.ts';
import { processRequest } from '../testing/tools/process-request.ts';
import { childrenOf, isAlive } from '../testing/tools/processes.ts';
import { POSIX_SHELLS } from '../testing/tools/test-shells.ts';
import { LaunchedDriver } from './launched-driver.ts';
import { launchLine, scriptLine } from './line.ts';
import { preamble, scriptPreamble } from './preamble.ts';

const executorMarker = randomBytes(16).toString('hex');
const never = new AbortController().signal;
const made: (() => unknown)[] = [];
afterEach(async () => {
  for (const unmake of made.splice(0).reverse()) await unmake();
});

function launched(driver: Driver, lifelineMs = 30_000): LaunchedDriver {
  const wrapped = new LaunchedDriver(driver, { executorMarker, lifelineMs });
  made.push(() => wrapped.close());
  return wrapped;
}

function line(supports: Partial<Driver['supports']> = {}): Driver {
  const driver = lineDriver({ loginShell: '/bin/sh' });
  return { ...driver, supports: { ...driver.supports, ...supports } };
}

function request(command: ProcessRequest['command'], more: Partial<ProcessRequest> = {}): ProcessRequest {
  return processRequest(command, { marker: executorMarker, ...more });
}

async function firstLine(process: DriverProcess): Promise<string> {
  for await (const data of process.stdout) return String(data).trim();
  return '';
}

/**
 * Kills the parts of a supervisor that was started since: the shell's two children. Resolves once they are gone; until then a
 * launcher could still find somebody in the inbox.
 */
async function killSupervisor(before: ReadonlySet<number>): Promise<void> {
  const shell = childrenOf(process.pid).find((pid) => !before.has(pid) && childrenOf(pid).length === 2) ?? 0;
  expect(shell).toBeGreaterThan(1);
  const parts = childrenOf(shell);
  for (const pid of parts) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // Without the one the other goes by itself.
    }
  }
  await poll('the supervisor is gone', 5_000, () => !parts.some(isAlive));
}

test('a command that the target ended because its client was silent says so', async () => {
  const driver = launched(line({ clientDeath: 'heartbeat' }), 11_000);
  const process = await driver.start(request('exec sleep 60'), never);
  // Eleven seconds of lifeline leave five of silence.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 8_000);
  expect(await process.exit).toEqual({ signal: 'SIGTERM', cause: 'lifeline-expired' });
  const next = await driver.start(request('echo again'), never);
  expect(await text(next.stdout)).toBe('again\n');
});

test('a supervisor that died is started again, and the command is started once', async () => {
  const before = new Set(childrenOf(process.pid));
  const driver = launched(line());
  const running = await driver.start(request('exec sleep 60'), never);
  await killSupervisor(before);
  const next = await driver.start(request('echo once'), never);
  expect(await text(next.stdout)).toBe('once\n');
  expect(await running.kill?.('SIGKILL', 'group')).toBe(true);
  expect(await running.exit).toEqual({ signal: 'SIGKILL' });
});

test('a supervisor whose death is seen only after a launcher missed it is started again as well', async () => {
  const before = new Set(childrenOf(process.pid));
  const inner = line();
  let seeIt = (): void => {};
  const driver = launched({
    ...inner,
    openShell: async (signal) => {
      const channel = await inner.openShell?.(signal);
      if (!channel) throw new Error('no shell');
      const stdout = new PassThrough();
      channel.stdout.on('data', (data) => stdout.write(data));
      channel.stdout.once('end', () => {
        seeIt = () => stdout.end();
      });
      return { ...channel, stdout };
    },
    start: async (asked, signal) => {
      const launcher = await inner.start(asked, signal);
      launcher.exit.then(() => setTimeout(() => seeIt(), 100));
      return launcher;
    },
  });
  const running = await driver.start(request('exec sleep 60'), never);
  await killSupervisor(before);
  const next = await driver.start(request('echo once'), never);
  expect(await text(next.stdout)).toBe('once\n');
  expect(await running.kill?.('SIGKILL', 'group')).toBe(true);
  expect(await running.exit).toEqual({ signal: 'SIGKILL' });
});

test('a preamble that was cut off runs nothing', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'errand-cut-'));
  made.push(() => rm(directory, { recursive: true }));
  const source = preamble(request(`touch ${directory}/ran`), '1 /nonexistent').replaceAll('__errand_refuse supervisor', ':');
  const driver = line();
  for (const length of [3, 6, source.indexOf('touch') + 10, source.length - 1]) {
    const launcher = await driver.start({ ...request(''), line: launchLine() }, never);
    launcher.stdin?.end(source.slice(0, length));
    expect(await launcher.exit).toEqual({ exitCode: 125 });
    expect(await buffer(launcher.stdout)).toEqual(Buffer.alloc(0));
  }
  expect(existsSync(`${directory}/ran`)).toBe(false);
});

test.each(POSIX_SHELLS)('a script for $name that was cut off runs nothing', async ({ command: shell }) => {
  const directory = await mkdtemp(join(tmpdir(), 'errand-cut-'));
  made.push(() => rm(directory, { recursive: true }));
  const { nonce, ...asked } = request(['/usr/bin/touch', `${directory}/ran`, `${directory}/too`], { env: { A: 'a\nb' } });
  const source = scriptPreamble({ ...asked, nonce }, `1 stat ${directory}/inbox`).replaceAll('__errand_refuse supervisor', ':');
  const driver = line();
  const end = source.lastIndexOf('}');
  for (const length of [0, 1, 40, source.indexOf('a\nb') + 2, source.indexOf('/ran') + 4, source.indexOf('/too') + 5, end - 1, end]) {
    const launcher = await driver.start({ ...request(''), line: scriptLine(shell) }, never);
    launcher.stdin?.end(source.slice(0, length));
    launcher.stderr.resume();
    await launcher.exit;
    expect(await buffer(launcher.stdout)).toEqual(Buffer.alloc(0));
  }
  expect(existsSync(`${directory}/ran`)).toBe(false);
  const launcher = await driver.start({ ...request(''), line: scriptLine(shell) }, never);
  launcher.stdin?.end(source);
  launcher.stderr.resume();
  expect(await text(launcher.stdout)).toContain(`${nonce} started`);
  expect(existsSync(`${directory}/too`)).toBe(true);
});

test('an abort ends a start that waits for its supervisor, and nothing was sent', async () => {
  let lines = 0;
  const driver = launched({
    ...line(),
    openShell: () => new Promise(() => {}),
    start: () => {
      lines += 1;
      return Promise.reject(new Error('never'));
    },
  });
  const abort = new AbortController();
  const starting = driver.start(request('echo'), abort.signal);
  abort.abort(new Error('no longer wanted'));
  await expect(starting).rejects.toMatchObject({ name: 'NotStarted', error: { code: 'EXEC_UNAVAILABLE' } });
  expect(lines).toBe(0);
});

test('a fault before anything was sent is no reason to think that the command may have started', async () => {
  let lines = 0;
  const inner = line();
  const driver = launched({
    ...inner,
    start: (asked, signal) => {
      lines += 1;
      return inner.start(asked, signal);
    },
  });
  const env = new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error('a secret');
      },
    },
  );
  for (const broken of [request('echo', { env }), request(['echo', 'a NUL: \0']), request('echo', { cwd: '/a\0b' })]) {
    const starting = driver.start(broken, never);
    await expect(starting).rejects.toMatchObject({ name: 'NotStarted', error: { code: 'EXEC_UNAVAILABLE' } });
    await expect(starting).rejects.not.toThrow('secret');
  }
  expect(lines).toBe(0);
});

test('a target without a shell for the supervisor starts nothing, and says why', async () => {
  const driver = launched({ ...line(), openShell: () => Promise.reject(new Error('administratively prohibited')) });
  await expect(driver.start(request('echo'), never)).rejects.toMatchObject({
    name: 'NotStarted',
    error: { code: 'EXEC_UNAVAILABLE', message: expect.stringContaining('administratively prohibited') },
  });
});

test('a connection that is lost before the frames leaves the outcome unknown', async () => {
  const inner = line();
  const driver = launched({
    ...inner,
    start: async (asked, signal) => {
      const launcher = await inner.start(asked, signal);
      launcher.stdout.destroy();
      launcher.stderr.destroy();
      return { ...launcher, exit: Promise.reject(new Error('reset')) };
    },
  });
  const starting = driver.start(request('exec sleep 60'), never);
  await expect(starting).rejects.toThrow('lost before it said that it runs');
  await expect(starting).rejects.not.toMatchObject({ name: 'NotStarted' });
});

test('what registered after its start was given up may have run', async () => {
  const inner = line();
  const driver = launched({
    ...inner,
    // Behind a network a launcher does not notice that nobody listens any more.
    start: async (asked, signal) => {
      const slowly = asked.command === 'exec sleep 60' ? 'sleep 0.5; ' : '';
      const launcher = await inner.start({ ...asked, line: `${slowly}${asked.line}` }, signal);
      return { ...launcher, stdout: launcher.stdout.pipe(new PassThrough()), stderr: launcher.stderr.pipe(new PassThrough()) };
    },
  });
  const abort = new AbortController();
  const starting = driver.start(request('exec sleep 60'), abort.signal);
  await driver.start(request('true'), never);
  abort.abort(new Error('no longer wanted'));
  await expect(starting).rejects.toThrow('could not say that nothing ran');
});

test('a tree is signalled by group and as a whole after its main process ended', async () => {
  const driver = launched(line());
  const script = "setsid sh -c 'echo $$; exec sleep 60 >/dev/null 2>&1' & sleep 60 & exec sleep 0.2";
  const process = await driver.start(request(script), never);
  const stray = Number(await firstLine(process));
  await process.exit;
  expect(await process.kill?.('SIGTERM', 'group')).toBe(true);
  await poll('the group is empty', 5_000, async () => !(await process.kill?.('SIG0', 'group')));
  expect(isAlive(stray)).toBe(true);
  expect(await process.kill?.('SIGKILL', 'tree')).toBe(true);
  await poll('the tree is empty', 5_000, async () => !(await process.kill?.('SIG0', 'tree')));
  expect(isAlive(stray)).toBe(false);
});

test('commands run, and are ended as a group, where the supervisor cannot name itself and the uptime is of something else', async () => {
  const driver = line();
  const openShell: Driver['openShell'] = async (signal) => {
    const channel = (await driver.openShell?.(signal)) as ByteChannel;
    const write = channel.stdin.write.bind(channel.stdin);
    channel.stdin.write = (chunk: unknown) => write(String(chunk).replace(/\/proc\/(self\/comm|uptime)/g, '/nonexistent/$1'));
    return channel;
  };
  const wrapped = launched({ ...driver, openShell });
  const asked = request('echo $$; exec sleep 60');
  const process = await wrapped.start(asked, never);
  const pid = Number(await firstLine(process));
  expect(await wrapped.warm.supervisor.ready()).toMatch(/^\d+ stat \/proc\//);
  expect(await process.kill?.('SIGKILL', 'group')).toBe(true);
  await poll('it is gone', 5_000, () => !isAlive(pid));
  expect(await process.exit).toEqual({ signal: 'SIGKILL' });
});
