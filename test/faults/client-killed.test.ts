import { execFileSync, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';

const core = new URL('../../packages/core/src/', import.meta.url);
const EXECUTORS = {
  local: { kills: 200, make: `import { localExecutor } from '${core}local/local-executor.ts'; const executor = localExecutor();` },
  launched: {
    kills: 40,
    make: `import { lineExecutor } from '${core}testing/line-executor.ts'; const executor = lineExecutor({ loginShell: '/bin/sh' });`,
  },
};

/** Four commands at any time, each of which strays in every way there is, and is ended after some milliseconds. */
function clientSource(make: string, sleep: string): string {
  const script = `${sleep} & setsid ${sleep} & (trap '' TERM; ${sleep}) & exec ${sleep}`;
  return `${make}
    const go = () => {
      const execution = executor.spawn(${JSON.stringify(script)}, { killGraceMs: 300 });
      setTimeout(() => execution.kill().catch(() => {}), Math.random() * 40);
      execution.result.then(go, go);
    };
    for (let i = 0; i < 4; i += 1) go();
    process.stdout.write('ready');`;
}

function running(words: string): string[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,args='], { encoding: 'utf8', maxBuffer: 1 << 26 })
    .split('\n')
    .filter((line) => line.includes(words) && !/^\s*\d+\s+\d+\s+Z/.test(line));
}

test.each(Object.entries(EXECUTORS))(
  'a client of the %s executor that is killed at a random moment leaves nothing',
  async (_name, { kills, make }) => {
    // No other process has these words on its command line.
    const sleep = `sleep ${randomInt(100_000, 999_999)}.${randomInt(100_000, 999_999)}`;
    const source = clientSource(make, sleep);
    const node = ['--conditions=@errand/source', '--input-type=module', '-e'];
    // One that ends leaves Node's cache of compiled sources to those that are killed.
    execFileSync(process.execPath, [...node, `${make} await executor.close();`]);
    const lane = async (): Promise<void> => {
      while (left-- > 0) await killOne();
    };
    const killOne = async (): Promise<void> => {
      const client = spawn(process.execPath, [...node, source], { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(client.stdout, 'data');
      await delay(Math.random() * 100);
      client.kill('SIGKILL');
      await once(client, 'exit');
    };
    let left = kills;
    await Promise.all([lane(), lane()]);
    const bound = performance.now() + 20_000;
    while (running(sleep).length > 0 && performance.now() < bound) await delay(200);
    expect(running(sleep)).toEqual([]);
  },
  600_000,
);
