import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A module that makes executors, for a process of its own. */
export interface ClientModule {
  /** Its URL, as in `import.meta.resolve('./my-executor.js')`. */
  readonly url: string | URL;
  /** Which of its exports makes an executor of `ExecutorOptions`. */
  readonly factory: string;
  /** Options of Node that importing it takes; default none. */
  readonly execArgv?: readonly string[];
}

/** A client of its own, which can die. */
export interface ClientProcess {
  /** What the commands print, line by line. */
  readonly lines: AsyncIterableIterator<string>;
  readonly exit: Promise<number | null>;
  kill(): Promise<void>;
}

const source = ({ url, factory }: ClientModule): string => `
const module = await import(${JSON.stringify(String(url))});
const executor = await module[${JSON.stringify(factory)}](JSON.parse(process.argv[1]));
const onOutput = ({ data }) => void process.stdout.write(data);
const results = process.argv.slice(3).map((command) => executor.spawn(command, { onOutput, killGraceMs: 500 }).result);
if (process.argv[2] === 'close') {
  await Promise.all(results);
  await executor.close();
}`;

/**
 * Starts a Node process that makes an executor and runs these commands with it at once. With `then: 'close'` it closes the
 * executor when they ended, and should exit by itself; with `'stay'` it does nothing more.
 */
export function startClient(client: ClientModule, options: object, then: 'close' | 'stay', commands: readonly string[]): ClientProcess {
  const args = [...(client.execArgv ?? []), '--input-type=module', '-e', source(client), JSON.stringify(options), then, ...commands];
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(child, 'exit').then(([code]: (number | null)[]) => code ?? null);
  const input = child.stdout ?? process.stdin;
  return {
    lines: createInterface({ input })[Symbol.asyncIterator](),
    exit,
    kill: async () => {
      child.kill('SIGKILL');
      await exit;
    },
  };
}
