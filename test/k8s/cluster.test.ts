import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, vi } from 'vitest';
import { KubernetesServer } from '../servers/kubernetes.ts';
import { processFile, processTable } from '../servers/process-table.ts';

/** What of a cluster is on this machine. */
function leftovers(directory: string): string[] {
  const name = basename(directory).toLowerCase().replace('errand-kubernetes-', 'ek-');
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const commands = processTable().map(({ pid }) => processFile(pid, 'cmdline'));
  const cgroups = readdirSync('/sys/fs/cgroup').map((controller) => join('/sys/fs/cgroup', controller, name));
  return [
    ...[...mounts, ...commands].filter((line) => line.includes(directory)),
    ...[directory, ...cgroups].filter((path) => existsSync(path)),
    ...Object.keys(networkInterfaces()).filter((link) => link.startsWith(name)),
  ];
}

describe.skipIf(KubernetesServer.isSkipped)('a cluster for tests', () => {
  it('leaves nothing when whoever started it is killed', { timeout: 1_800_000 }, async () => {
    const fixture = resolve('test/k8s/holding-cluster.fixture.ts');
    const holder = spawn(process.execPath, ['--conditions=@errand/source', fixture], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [directory] = (await once(createInterface({ input: holder.stdout }), 'line')) as [string];
    expect(leftovers(directory)).not.toEqual([]);
    holder.kill('SIGKILL');
    await vi.waitFor(() => expect(leftovers(directory)).toEqual([]), { timeout: 60_000, interval: 200 });
  });

  it('leaves another alone that begins beside it', { timeout: 1_800_000 }, async () => {
    const first = await KubernetesServer.start();
    try {
      const second = await KubernetesServer.start();
      await second.stop();
      expect(existsSync(first.kubeconfig)).toBe(true);
      expect(await first.api.answers()).toBe(true);
    } finally {
      await first.stop();
    }
  });
});
