import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { kubeDirectory } from './kubernetes/location.mjs';

const PATIENCE = { timeout: 20_000, interval: 20 };

// Go itself takes minutes: this one writes what it was told to, once it may.
const GO = `#!/bin/sh
echo $$ >>"$XDG_CACHE_HOME/builds"
while [ "$1" != -o ]; do shift; done
echo half >"$2"
# That of a builder that was killed would wait on where the directory has gone before it saw.
until [ -e "$XDG_CACHE_HOME/go-on" ] || [ ! -d "$XDG_CACHE_HOME" ]; do sleep 0.05; done
echo whole >"$2"
`;

describe('what clusters are made of', () => {
  let cache = '';
  const builders: ChildProcess[] = [];

  beforeEach(async () => {
    cache = await mkdtemp(join(tmpdir(), 'errand-build-'));
    vi.stubEnv('XDG_CACHE_HOME', cache);
    vi.stubEnv('PATH', `${cache}:${process.env['PATH']}`);
    await writeFile(join(cache, 'go'), GO);
    await chmod(join(cache, 'go'), 0o755);
  });
  afterEach(async () => {
    await writeFile(join(cache, 'go-on'), '');
    for (const builder of builders.splice(0)) if (builder.exitCode === null && builder.signalCode === null) await once(builder, 'exit');
    vi.unstubAllEnvs();
    await rm(cache, { recursive: true, force: true, maxRetries: 5 });
  });

  function build(): ChildProcess {
    const builder = spawn(process.execPath, [resolve('test/servers/kubernetes/build.mjs')], { stdio: 'ignore' });
    builders.push(builder);
    return builder;
  }

  const begun = async (): Promise<number> => {
    const pids = await readFile(join(cache, 'builds'), 'utf8').catch(() => '');
    return pids.split('\n').length - 1;
  };
  const built = (): Promise<string> => readFile(join(kubeDirectory(), 'kube'), 'utf8');
  const goOn = (): Promise<void> => writeFile(join(cache, 'go-on'), '');

  it('is built once, and whole before anybody sees it, by however many want it', async () => {
    const all = [build(), build(), build()];
    const ends = all.map((builder) => once(builder, 'exit'));
    await vi.waitFor(async () => expect(await begun()).toBe(1), PATIENCE);
    await expect(built()).rejects.toThrow('ENOENT');
    await goOn();
    expect(await Promise.all(ends)).toEqual(all.map(() => [0, null]));
    expect(await begun()).toBe(1);
    expect(await built()).toBe('whole\n');
    expect(await readdir(join(cache, 'errand-tests'))).toEqual([basename(kubeDirectory())]);
  });

  it('is built by the next one where a build was killed, of which nothing stays', async () => {
    const killed = build();
    await vi.waitFor(async () => expect(await begun()).toBe(1), PATIENCE);
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    await expect(built()).rejects.toThrow('ENOENT');
    const next = once(build(), 'exit');
    await vi.waitFor(async () => expect(await begun()).toBe(2), PATIENCE);
    await goOn();
    expect(await next).toEqual([0, null]);
    expect(await built()).toBe('whole\n');
    expect(await readdir(join(cache, 'errand-tests'))).toEqual([basename(kubeDirectory())]);
  });
});
