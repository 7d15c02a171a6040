import { sshExecutor } from '@errand/backend-ssh';
import { peakGrowthMib } from '../harness/memory.ts';
import { RawSsh2 } from '../subjects/raw-ssh2.ts';
import { executorOptions, type SshTarget } from '../subjects/ssh-target.ts';
import { expectOk } from './expect-ok.ts';

export interface ManyHosts {
  readonly subject: 'raw ssh2' | 'errand';
  readonly hosts: number;
  /** How many are being connected to at once. */
  readonly width: number;
  readonly target: SshTarget;
}

export interface ManyHostsCost {
  readonly seconds: number;
  /** Milliseconds of each: to connect, to log in, to run. */
  readonly latencies: readonly number[];
  readonly rssMib: number;
}

interface Host {
  readonly run: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** One command on each of so many hosts, all of which stay connected until the last is done; called in a process of its own. */
export async function runOnManyHosts({ subject, hosts, width, target }: ManyHosts): Promise<ManyHostsCost> {
  await closed([await runOn(subject, target)]);
  const latencies: number[] = [];
  const open: Host[] = [];
  let seconds = 0;
  const rssMib = await peakGrowthMib(async () => {
    const begin = performance.now();
    let left = hosts;
    const work = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        const start = performance.now();
        open.push(await runOn(subject, target));
        latencies.push(performance.now() - start);
      }
    };
    await Promise.all(Array.from({ length: width }, work));
    seconds = (performance.now() - begin) / 1000;
  });
  await closed(open);
  return { seconds, latencies, rssMib };
}

async function runOn(subject: ManyHosts['subject'], target: SshTarget): Promise<Host> {
  const host = await (subject === 'errand' ? throughErrand(target) : throughRaw(target));
  await host.run();
  return host;
}

async function throughErrand(target: SshTarget): Promise<Host> {
  const executor = sshExecutor({ ...executorOptions(target), connectTimeoutMs: 120_000 });
  return {
    run: async () => expectOk(await executor.exec(['/bin/true'], { startTimeoutMs: 120_000 })),
    close: () => executor.close(),
  };
}

async function throughRaw(target: SshTarget): Promise<Host> {
  const raw = await RawSsh2.connect(target, 1);
  return { run: () => raw.run('/bin/true'), close: () => raw.close() };
}

async function closed(open: readonly Host[]): Promise<void> {
  await Promise.all(open.map(({ close }) => close()));
}
