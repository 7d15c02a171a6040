import { createHash, type Hash } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type Ended, ERRAND, ended, exitOf, start, startProcess } from './cli/errand.ts';
import { heard } from './cli/output.ts';
import { uniqueSleep, untilRunning } from './cli/stray.ts';
import { temporaryDirectory } from './cli/temporary.ts';

const MIB = 1024 ** 2;

/** Runs `errand …` as part of a line of shell, which prints Errand's exit code on stderr. */
async function inPipeline(errandArgs: string, rest: string): Promise<Ended> {
  return await ended(startProcess(['sh', '-c', `{ "$@" ${errandArgs}; echo "code $?" >&2; } ${rest}`, 'sh', ...ERRAND]));
}

async function peakRssMib(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

function hashOfZeros(bytes: number): string {
  const hash: Hash = createHash('sha1');
  for (let left = bytes; left > 0; left -= MIB) hash.update(Buffer.alloc(Math.min(left, MIB)));
  return hash.digest('hex');
}

describe.concurrent('the output of errand run', () => {
  test('comes while the command runs, both streams apart', async () => {
    const child = start(['run', '-c', 'echo first; echo fault >&2; read -r line; echo "then $line"']);
    const fault = heard(child.stderr, /fault\n/);
    await heard(child.stdout, /first\n/);
    await fault;
    const rest = heard(child.stdout, /then typed\n/);
    child.stdin.end('typed\n');
    await rest;
    expect(await exitOf(child)).toBe(0);
  });

  test('passes through in bounded memory to a slow reader, byte for byte', async ({ skip }) => {
    if (process.platform !== 'linux') skip('peak memory is read from /proc');
    // It stays until its stdin ends, so that there is somebody to look at.
    const child = start(['run', '-c', `head -c ${320 * MIB} /dev/zero; cat`]);
    const hash = createHash('sha1');
    let total = 0;
    for await (const chunk of child.stdout) {
      hash.update(chunk);
      total += chunk.length;
      if (total < 96 * MIB) await delay(1);
      if (total === 320 * MIB) {
        expect(await peakRssMib(child.pid)).toBeLessThan(240);
        child.stdin.end();
      }
    }
    expect(await exitOf(child)).toBe(0);
    expect(hash.digest('hex')).toBe(hashOfZeros(320 * MIB));
  });

  test('is kept for a reader that comes long after the command ended', async () => {
    // Main process gone, all that lies between writer and reader is full.
    const child = start(['run', '-c', 'yes & sleep 1; exit 3']);
    await once(child.stdout, 'data');
    child.stdout.pause();
    // Longer than the 5 s after which core itself would wait no more.
    await delay(7_500);
    const { code, stdout, stderr } = await ended(child);
    expect({ code, stderr }).toEqual({ code: 3, stderr: 'errand: processes that it had left running were ended\n' });
    expect(stdout.length).toBeGreaterThan(256 * 1024);
  });

  test('goes whole into a file, which holds what was there before', async () => {
    const file = join(await temporaryDirectory(), 'out');
    await writeFile(file, 'before\n');
    const { stderr } = await inPipeline('run seq 200000', `>>'${file}'`);
    expect(stderr).toBe('code 0\n');
    expect(await readFile(file, 'utf8')).toBe(`before\n${Array.from({ length: 200_000 }, (_, i) => `${i + 1}\n`).join('')}`);
  });
});

describe.concurrent('output that nobody takes', () => {
  test('ends the command with all that it started, and Errand quietly with 141', async () => {
    const sleep = uniqueSleep();
    const { stdout, stderr } = await inPipeline(`run -c '${sleep} & setsid ${sleep} & yes'`, '| head -n1');
    expect({ stdout: stdout.toString(), stderr }).toEqual({ stdout: 'y\n', stderr: 'code 141\n' });
    await untilRunning(sleep, 0, 1_000);
  });

  test('ends Errand so too with --json, on stderr, and with --help', async () => {
    expect(await inPipeline('run --json echo', '| true')).toMatchObject({ stderr: 'code 141\n' });
    expect(await inPipeline('--help', '| true')).toMatchObject({ stderr: 'code 141\n' });
    expect(await inPipeline('no-such-command 2>&1', '| true')).toMatchObject({ stderr: 'code 125\n' });
    const { stderr } = await inPipeline("run -c 'yes >&2' 2>&3", '3>&1 >/dev/null | head -n1 >/dev/null');
    expect(stderr).toBe('code 141\n');
  });

  test('on a full disk ends the command with 125 and a word on why', async ({ skip }) => {
    if (process.platform !== 'linux') skip('needs /dev/full');
    for (const args of ['run yes', 'run --json echo', 'run --help', 'doctor']) {
      const { stderr } = await inPipeline(args, '>/dev/full');
      expect(stderr).toBe('errand: the output could not be written (ENOSPC).\ncode 125\n');
    }
    expect((await inPipeline('run true', '>/dev/full')).stderr).toBe('code 0\n');
  });
});
