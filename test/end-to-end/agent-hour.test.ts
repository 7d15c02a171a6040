import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DockerHost, startDockerHost } from '../docker/docker-host.ts';
import { DockerServer } from '../servers/dockerd.ts';
import { SshServer } from '../servers/sshd.ts';
import { type SshHost, startSshHost } from '../ssh/ssh-host.ts';
import { connect, type TestClient } from './mcp/clients.ts';
import { endOf, jobsIn, LONG, outputOf, startJob } from './mcp/jobs.ts';
import { temporaryDirectory } from './mcp/processes.ts';
import { type ServerProcess, startCliServer } from './mcp/servers.ts';

const TARGETS = ['here', 'web', 'box'] as const;
type TargetName = (typeof TARGETS)[number];

const UNITS = 40_000;
const LINE = 'compiling unit 00001 of 40000\n'.length;
/** Units `from` to `to` of the build, as it says them. */
const built = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, i) => `compiling unit ${String(from + i).padStart(5, '0')} of ${UNITS}\n`).join('');
const BUILD = `seq -f 'compiling unit %05g of ${UNITS}' 1 ${UNITS}; echo 'warning: unit 17 is old' >&2; echo built >artifact`;
/** Answers one question after the other. */
const SERVER = `mkfifo ask answer; echo up; while read -r question <ask; do echo "asked $question"; echo "answer to $question" >answer; done`;

/** How a command ended that was stopped: of one that is attached Docker tells a signal by the exit code alone. */
const STOPPED: Readonly<Record<TargetName, object>> = {
  here: { outcome: 'signaled', signal: 'SIGTERM' },
  web: { outcome: 'signaled', signal: 'SIGTERM' },
  box: { outcome: 'exited', exit_code: 143 },
};

/** What the client remembers of a target. */
interface Work {
  readonly directory: string;
  build?: string;
  hung?: string;
  server?: string;
}

describe.skipIf(DockerServer.isSkipped || SshServer.isSkipped)("a coding agent's hour", () => {
  const cleanups: (() => Promise<unknown>)[] = [];
  const work = new Map<TargetName, Work>();
  let state = '';
  let config = '';
  let server: ServerProcess;
  let client: TestClient;

  beforeAll(async () => {
    const directory = await temporaryDirectory();
    cleanups.push(async () => await directory[Symbol.asyncDispose]());
    const [ssh, docker]: [SshHost, DockerHost] = await Promise.all([startSshHost(['bash']), startDockerHost(['git'])]);
    cleanups.push(
      () => ssh.stop(),
      () => docker.stop(),
    );
    const mcp = { files: 'write' };
    const targets = {
      here: { kind: 'local', mcp },
      web: { kind: 'ssh', ...ssh.options(), mcp },
      // A container that outlives the server, as what is to be found after a restart must.
      box: { kind: 'docker', ...(await docker.named()), mcp },
    };
    config = join(directory.path, 'errand.yaml');
    state = join(directory.path, 'state');
    await mkdir(state);
    await writeFile(config, JSON.stringify({ version: 1, defaults: { target: 'here' }, targets }));
    await begin();
  }, 90_000);
  afterAll(async () => {
    // What a test that failed has left in the background outlives the server.
    for (const { server: job } of work.values()) if (job !== undefined) await client.call('signal_job', { job_id: job }).catch(() => {});
    await client?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
    for (const cleanup of cleanups.toReversed()) await cleanup();
  });

  async function begin(): Promise<void> {
    server = await startCliServer(state, '--config', config);
    client = await connect('v2 of 2026-07-28', server);
  }

  function workOn(target: TargetName): Work {
    const found = work.get(target);
    if (found === undefined) throw new Error(`There is no work on ${target}.`);
    return found;
  }

  /** Runs a command to its end, in the clone unless told otherwise, and gives all that was answered. */
  async function run(target: TargetName, command: string, args: object = {}): Promise<Record<string, unknown>> {
    const { structuredContent = {}, isError, text } = await client.call('run_command', { target, command, ...args });
    expect(isError, text).toBe(false);
    return structuredContent;
  }

  /** What a command printed that exited with 0 and had nothing to say on stderr. */
  async function said(target: TargetName, command: string): Promise<string> {
    const result = await run(target, command, { cwd: `${workOn(target).directory}/clone` });
    expect(result).toMatchObject({ target, state: 'ended', outcome: 'exited', exit_code: 0, stderr: '', stdout_omitted_bytes: 0 });
    return String(result['stdout']);
  }

  test('begins with the targets that there are', async () => {
    const { structuredContent = {} } = await client.call('list_targets');
    const targets = structuredContent['targets'] as { name: string }[];
    expect(targets.map(({ name }) => name)).toEqual([...TARGETS].sort());
  });

  describe.each(TARGETS)('on %s', (target) => {
    test('clones a repository', async () => {
      const { stdout } = await run(target, 'mktemp -d "${TMPDIR:-/tmp}/errand-hour-XXXXXX"');
      const directory = String(stdout).trim();
      work.set(target, { directory });
      // Both on this machine; a container goes with its daemon.
      if (target !== 'box') cleanups.push(() => rm(directory, { recursive: true, force: true }));
      const git = 'git -c user.name=test -c user.email=test@example.com';
      const make = `git init -q -b main origin && cd origin && printf 'one\\ntwo\\nthree\\n' >main.txt && git add . && ${git} commit -qm first`;
      expect(await run(target, make, { cwd: directory })).toMatchObject({ exit_code: 0, stdout: '', stderr: '' });
      const { structuredContent } = await client.call('run_command', { target, argv: ['git', 'clone', 'origin', 'clone'], cwd: directory });
      expect(structuredContent).toMatchObject({ exit_code: 0, stdout: '', stderr: "Cloning into 'clone'...\ndone.\n" });
      expect(await said(target, 'git log --format=%s; cat main.txt')).toBe('first\none\ntwo\nthree\n');
    });

    test('builds, with a long log of which it is shown both ends', async () => {
      const result = await run(target, BUILD, { cwd: `${workOn(target).directory}/clone` });
      const omitted = UNITS * LINE - 16_384;
      const whole = built(1, UNITS);
      expect(result).toMatchObject({
        outcome: 'exited',
        exit_code: 0,
        stdout: `${whole.slice(0, 8_192)}\n[… ${omitted} bytes omitted …]\n${whole.slice(-8_192)}`,
        stdout_total_bytes: UNITS * LINE,
        stdout_omitted_bytes: omitted,
        stderr: 'warning: unit 17 is old\n',
        job_id: expect.stringMatching(new RegExp(`^${target}-`)),
      });
      workOn(target).build = String(result['job_id']);
    });

    test('stops a test that hangs', async () => {
      const command = 'echo "1..2"; echo "ok 1 - starts"; sleep 98765.25; echo "ok 2 - ends"';
      const job = await startJob(client, { target, command });
      expect(await outputOf(client, job, 19)).toBe('1..2\nok 1 - starts\n');
      const { structuredContent } = await client.call('signal_job', { job_id: job, wait_ms: LONG });
      expect(structuredContent).toMatchObject({ job_id: job, state: 'ended', ...STOPPED[target] });
      const left = await run(target, 'ps -A -o args= | grep -c "^[s]leep 98765.25$"');
      expect(left).toMatchObject({ exit_code: 1, stdout: '0\n' });
      workOn(target).hung = job;
    });

    test('starts a server in the background, and asks it', async () => {
      const job = await startJob(client, { target, command: SERVER, cwd: `${workOn(target).directory}/clone`, background: true });
      expect(await outputOf(client, job, 3)).toBe('up\n');
      expect(await said(target, 'echo one >ask; cat answer')).toBe('answer to one\n');
      workOn(target).server = job;
    });

    test('edits a file, and sees what it changed', async () => {
      const path = `${workOn(target).directory}/clone/main.txt`;
      const { isError, text } = await client.call('write_file', { target, path, content: 'one\n2 — ‘zwei’\nthree\n' });
      expect(isError, text).toBe(false);
      expect((await client.call('read_file', { target, path })).structuredContent).toMatchObject({ data: 'one\n2 — ‘zwei’\nthree\n' });
      expect(await said(target, 'git diff -U0 --no-color main.txt | tail -n +6')).toBe('-two\n+2 — ‘zwei’\n');
    });
  });

  test('the server is restarted in between', async () => {
    const before = server.child.pid;
    await client[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    expect([server.child.exitCode, server.child.signalCode]).toEqual([0, null]);
    await begin();
    expect(server.child.pid).not.toBe(before);
  });

  describe.each(TARGETS)('on %s, after it', (target) => {
    test('answers what was in the log of the build then', async () => {
      const { build = '' } = workOn(target);
      const page = await client.call('read_output', { job_id: build, offset: 16_999 * LINE, max_bytes: 3 * LINE });
      expect(page.structuredContent).toMatchObject({
        job_id: build,
        state: 'ended',
        exit_code: 0,
        offset: 16_999 * LINE,
        data: built(17_000, 17_002),
        next_offset: 17_002 * LINE,
        total_bytes: UNITS * LINE,
      });
      const end = await client.call('read_output', { job_id: build, offset: -LINE });
      expect(end.structuredContent).toMatchObject({ data: built(UNITS, UNITS), at_end: true });
      const errors = await client.call('read_output', { job_id: build, stream: 'stderr' });
      expect(errors.structuredContent).toMatchObject({ data: 'warning: unit 17 is old\n', at_end: true });
    });

    test('lists what it did, and what still runs', async () => {
      const { build, hung, server: background } = workOn(target);
      const jobs = jobsIn((await client.call('list_jobs')).structuredContent).filter((job) => job['target'] === target);
      expect(jobs.map(({ job_id: id, state: is }) => [id, is])).toEqual([
        [background, 'running'],
        [hung, 'ended'],
        [build, 'ended'],
      ]);
    });

    test('finds the server as it was, asks it again, and stops it', async () => {
      const { server: background = '' } = workOn(target);
      expect(await said(target, 'echo two >ask; cat answer; cat artifact')).toBe('answer to two\nbuilt\n');
      expect(await outputOf(client, background, 23)).toBe('up\nasked one\nasked two\n');
      await client.call('signal_job', { job_id: background, wait_ms: LONG });
      expect(await endOf(client, background)).toMatchObject({ outcome: 'signaled', total_bytes: 23 });
    });

    test('commits what it changed', async () => {
      const git = 'git -c user.name=test -c user.email=test@example.com';
      expect(await said(target, `${git} commit -qam second && git log --format=%s && git status --porcelain -uno`)).toBe('second\nfirst\n');
    });
  });
});
