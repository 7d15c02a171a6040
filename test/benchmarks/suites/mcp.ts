import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Client } from '@modelcontextprotocol/client';
import type { Bar } from '../harness/bar.ts';
import { measureLatency, type Runner } from '../harness/latency.ts';
import type { Figures } from '../harness/row.ts';
import type { Case, Measurement, Suite } from '../harness/suite.ts';
import { LineRunner } from '../subjects/line-runner.ts';
import { connectHttp, connectStdio, runTrue, serverArguments, startHttpServer } from '../subjects/mcp-client.ts';

const CLIENTS = 100;
const POOLED = fileURLToPath(new URL('../subjects/pooled-main.ts', import.meta.url));
const CLI = fileURLToPath(new URL('../../../packages/cli/dist/bin.js', import.meta.url));
const KINDS = ['bare', 'errand'] as const;

/** Commands a second, and what they are of those that the server and the commands by themselves would leave. */
const CALLS_A_SECOND = 1_000;
const OF_BOTH = 0.8;

/** A client that calls, of those that have nothing to do. */
class Clients implements Runner {
  readonly name: string;
  readonly #free: Client[];

  constructor(name: string, clients: readonly Client[]) {
    this.name = name;
    this.#free = [...clients];
  }

  async run(): Promise<void> {
    const client = this.#free.pop();
    if (!client) throw new Error('There are more calls than clients.');
    await runTrue(client);
    this.#free.push(client);
  }

  async close(): Promise<void> {
    await Promise.all(this.#free.map((client) => client.close()));
  }
}

function pooled(): LineRunner {
  return new LineRunner('errand without MCP', process.execPath, ['--conditions=@errand/source', POOLED]);
}

const http: Case = {
  name: `true in warm shells, ${CLIENTS} clients over HTTP`,
  n: 10_000,
  measure: async (n) => {
    const servers = await Promise.all(KINDS.map(startHttpServer));
    const each = await Promise.all(servers.map(({ url }) => Promise.all(Array.from({ length: CLIENTS }, () => connectHttp(url)))));
    const [bare, errand] = [new Clients('bare server', each[0] ?? []), new Clients('errand', each[1] ?? [])];
    const without = pooled();
    try {
      return await measured({ bare, errand, without, n, width: CLIENTS, blockSize: 500 });
    } finally {
      await Promise.all([bare.close(), errand.close(), without.close()]);
      await Promise.all(servers.map((server) => server.close()));
    }
  },
};

const stdio: Case = {
  name: 'true in warm shells, one client over stdio',
  n: 3_000,
  measure: async (n) => {
    const [bareClient, errandClient] = await Promise.all(KINDS.map((kind) => connectStdio(serverArguments(kind, 'stdio'))));
    const [bare, errand] = [
      new Clients('bare server', bareClient ? [bareClient] : []),
      new Clients('errand', errandClient ? [errandClient] : []),
    ];
    const without = pooled();
    try {
      return await measured({ bare, errand, without, n, width: 1 });
    } finally {
      await Promise.all([bare.close(), errand.close(), without.close()]);
    }
  },
};

interface Compared {
  readonly bare: Runner;
  readonly errand: Runner;
  readonly without: Runner;
  readonly n: number;
  readonly width: number;
  readonly blockSize?: number;
}

/** A call costs what a server costs that does nothing, and what the command costs without a server. */
async function measured({ bare, errand, without, ...options }: Compared): Promise<Measurement> {
  const { figures, bars } = await measureLatency({ base: bare, others: [errand, without], bars: {}, ...options });
  const rate = (name: string): number => figures.find(({ subject }) => subject === name)?.perSecond ?? Number.NaN;
  const both = 1 / (1 / rate(bare.name) + 1 / rate(without.name));
  const noise = Math.abs(rate(`${bare.name} (again)`) / rate(bare.name) - 1);
  const ofBoth: Bar = {
    what: 'errand: calls a second ÷ 1 / (1 / bare server + 1 / without MCP)',
    value: rate(errand.name) / both,
    sense: 'at-least',
    limit: OF_BOTH,
    noise,
  };
  const calls: Bar = { what: 'errand: calls a second', value: rate(errand.name), sense: 'at-least', limit: CALLS_A_SECOND, noise: 0 };
  return { figures, bars: [...bars, calls, ofBoth] };
}

const RUNNING = 100;

const memory: Case = {
  name: `jobs that are kept, beside ${RUNNING} that run`,
  n: 1_000,
  measure: async (n) => {
    const server = await startHttpServer('errand');
    const client = await connectHttp(server.url);
    const call = (args: Record<string, unknown>) => client.callTool({ name: 'run_command', arguments: args });
    try {
      await runTrue(client);
      const before = rssMib(server.pid);
      for (let i = 0; i < n; i += 1) await call({ command: 'head -c 40000 /dev/zero | tr "\\0" x' });
      const finished = rssMib(server.pid);
      await Promise.all(Array.from({ length: RUNNING }, () => call({ command: 'echo begun; exec sleep 600', wait_ms: 0 })));
      await delay(1_000);
      const running = rssMib(server.pid);
      const figures: Figures[] = [
        { subject: 'errand, none yet', n: 0, rssMib: before },
        { subject: 'errand, all finished', n, rssMib: finished },
        { subject: `errand, ${RUNNING} running too`, n: n + RUNNING, rssMib: running },
      ];
      return { figures, bars: [] };
    } finally {
      await client.close();
      await server.close();
    }
  },
};

function rssMib(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;
}

const startUp: Case = {
  name: 'from the start of the server to the first answer',
  n: 20,
  measure: async (n) => {
    // As it is installed: without sources to strip of their types.
    execFileSync(process.execPath, [fileURLToPath(new URL('../../../node_modules/typescript/bin/tsc', import.meta.url)), '-b']);
    const first = (args: readonly string[]) => async (): Promise<void> => {
      const client = await connectStdio(args);
      await runTrue(client);
      await client.close();
    };
    const base: Runner = { name: 'bare server', run: first(serverArguments('bare', 'stdio')) };
    const errand: Runner = { name: 'errand serve', run: first([CLI, 'serve', '--stdio']) };
    return measureLatency({ base, others: [errand], n, width: 1, blockSize: 5, bars: { p50MsAtMost: { 'errand serve': 500 } } });
  },
};

/** Commands for MCP clients, against a server that does nothing and commands that nobody serves. */
export const mcp: Suite = { name: 'mcp', cases: [http, stdio, memory, startUp] };
