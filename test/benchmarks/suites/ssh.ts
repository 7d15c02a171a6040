import { sshExecutor } from '@errand/backend-ssh';
import type { ExecutorOptions } from '@errand/core';
import { callIsolated } from '../harness/isolated.ts';
import { type LatencyBars, measureLatency, type Runner } from '../harness/latency.ts';
import { percentile } from '../harness/statistics.ts';
import type { Case, Suite } from '../harness/suite.ts';
import { measureThroughput, type Transfer } from '../harness/throughput.ts';
import { expectOk } from '../jobs/expect-ok.ts';
import { job } from '../jobs/job.ts';
import type { ManyHosts, ManyHostsCost } from '../jobs/many-hosts.ts';
import type { MoveOverSsh } from '../jobs/move-over-ssh.ts';
import { ControlMaster } from '../subjects/control-master.ts';
import { withFarTarget } from '../subjects/far-away.ts';
import { PlainSshShells } from '../subjects/plain-ssh-shells.ts';
import { startPythonSsh } from '../subjects/python-ssh.ts';
import { RawSsh2 } from '../subjects/raw-ssh2.ts';
import { executorOptions, type SshTarget, withSshTarget } from '../subjects/ssh-target.ts';

/** What a command costs at least that a shell of the target starts. */
const RAW_LINE = "exec /bin/sh -c 'exec /bin/true'";
const TRUE = '/bin/true';
const ROUND_TRIP_MS = 50;

interface CommandCase {
  readonly name: string;
  readonly width: number;
  readonly n: number;
  readonly bars: LatencyBars;
  readonly options?: ExecutorOptions;
  /** Milliseconds to the server and back, beyond what this machine takes. */
  readonly roundTripMs?: number;
  /** OpenSSH's client, whose commands are processes here; and Python's libraries. */
  readonly peers: readonly ('OpenSSH ControlMaster' | 'Python')[];
}

function commandCase({ name, width, n: usual, bars, options = {}, roundTripMs = 0, peers }: CommandCase): Case {
  const measure = async (target: SshTarget, n: number) => {
    const raw = await RawSsh2.connect(target, width);
    const master = peers.includes('OpenSSH ControlMaster') ? await ControlMaster.start(target, width) : undefined;
    const pythons = peers.includes('Python') ? await startPythonSsh(target, TRUE, width) : [];
    const executor = sshExecutor({ ...executorOptions(target), ...options });
    const shells = options.shells && (await PlainSshShells.open(target, width));
    const base: Runner = { name: 'raw ssh2, sh', run: () => raw.run(RAW_LINE) };
    const others: Runner[] = [
      { name: 'raw ssh2, true', run: () => raw.run(TRUE) },
      { name: 'errand', run: async () => expectOk(await executor.exec([TRUE])) },
      ...(shells ? [{ name: 'plain sh in ssh2', run: () => shells.run(`( exec ${TRUE} )`) }] : []),
      ...(master ? [{ name: 'OpenSSH ControlMaster', run: () => master.run(TRUE) }] : []),
      ...pythons,
    ];
    try {
      return await measureLatency({ base, others, n, width, bars });
    } finally {
      await Promise.all([executor.close(), raw.close(), shells?.close(), master?.close(), ...pythons.map((python) => python.close())]);
    }
  };
  return {
    name,
    n: usual,
    measure: (n) =>
      withSshTarget((near) => {
        return roundTripMs === 0 ? measure(near, n) : withFarTarget(near, roundTripMs, (far) => measure(far, n));
      }),
  };
}

interface TransferCase {
  readonly direction: MoveOverSsh['direction'];
  readonly mib: number;
  readonly warmMib: number;
  readonly roundTripMs?: number;
  readonly n: number;
}

function transferCase({ direction, mib, warmMib, roundTripMs = 0, n: usual }: TransferCase): Case {
  const measure = async (target: SshTarget, n: number) => {
    const master = await ControlMaster.start(target, 1);
    const move = { direction, bytes: mib * 2 ** 20, warmBytes: warmMib * 2 ** 20, target, client: master.arguments() };
    const mover = (subject: MoveOverSsh['subject']) => ({
      name: subject,
      move: () => callIsolated<MoveOverSsh, Transfer>(job('move-over-ssh'), 'moveOverSsh', { ...move, subject }),
    });
    try {
      const others = [mover('errand'), mover('raw ssh2')];
      return await measureThroughput({ base: mover('OpenSSH'), others, n, ratioAtLeast: 0.9, rssMibAtMost: 64, barred: ['errand'] });
    } finally {
      await master.close();
    }
  };
  const size = mib < 1024 ? `${mib} MiB` : `${mib / 1024} GiB`;
  return {
    name: `${size} ${direction}${roundTripMs === 0 ? '' : `, ${roundTripMs} ms away`}`,
    n: usual,
    measure: (n) =>
      withSshTarget((near) => {
        return roundTripMs === 0 ? measure(near, n) : withFarTarget(near, roundTripMs, (far) => measure(far, n));
      }),
  };
}

/** No bar: what they take is stated. */
const manyHosts: Case = {
  name: 'a command on each of many hosts',
  n: 500,
  measure: (n) =>
    withSshTarget(
      async (target) => {
        const measured = async (subject: ManyHosts['subject']) => {
          const wanted: ManyHosts = { subject, hosts: n, width: 32, target };
          const { seconds, latencies, rssMib } = await callIsolated<ManyHosts, ManyHostsCost>(job('many-hosts'), 'runOnManyHosts', wanted);
          const [p50Ms, p99Ms] = [percentile(latencies, 0.5), percentile(latencies, 0.99)];
          process.stderr.write(`${subject}: ${n} hosts in ${seconds.toFixed(1)} s\n`);
          return { subject, n, p50Ms, p99Ms, perSecond: n / seconds, rssMib };
        };
        return { figures: [await measured('raw ssh2'), await measured('errand')], bars: [] };
      },
      // One server stands for all of them, and would drop most of those that come at once.
      ['MaxStartups 1000'],
    ),
};

/** Commands on a host over SSH, against ssh2 without a library, OpenSSH's client, and Python's libraries. */
export const ssh: Suite = {
  name: 'ssh',
  cases: [
    commandCase({ name: 'true, one at a time', width: 1, n: 1_000, bars: { rateRatioAtLeast: { errand: 0.9 } }, peers: ['Python'] }),
    commandCase({ name: 'true, eight at once', width: 8, n: 1_000, bars: { rateRatioAtLeast: { errand: 0.9 } }, peers: ['Python'] }),
    commandCase({ name: 'true, 64 at once', width: 64, n: 1_000, bars: { rateRatioAtLeast: { errand: 0.9 } }, peers: ['Python'] }),
    commandCase({
      name: 'true in warm shells, eight at once',
      width: 8,
      n: 1_000,
      options: { shells: { max: 8 } },
      bars: { rateRatioAtLeast: { errand: 2 }, rateOverAtLeast: { errand: { 'OpenSSH ControlMaster': 8 } } },
      peers: ['OpenSSH ControlMaster', 'Python'],
    }),
    commandCase({
      name: `true in a warm shell, ${ROUND_TRIP_MS} ms away`,
      width: 1,
      n: 100,
      options: { shells: { max: 1 } },
      roundTripMs: ROUND_TRIP_MS,
      bars: { p50MsAtMost: { errand: 1.2 * ROUND_TRIP_MS } },
      peers: ['OpenSSH ControlMaster'],
    }),
    transferCase({ direction: 'down', mib: 1024, warmMib: 128, n: 5 }),
    transferCase({ direction: 'up', mib: 1024, warmMib: 128, n: 5 }),
    transferCase({ direction: 'down', mib: 128, warmMib: 16, roundTripMs: ROUND_TRIP_MS, n: 3 }),
    transferCase({ direction: 'up', mib: 128, warmMib: 16, roundTripMs: ROUND_TRIP_MS, n: 3 }),
    manyHosts,
  ],
};
