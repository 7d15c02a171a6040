import type { Executor } from '@errand/core';
import type { Command } from 'commander';
import { type ListenAddress, parseListenAddress } from '../listen-address.ts';
import { openTarget } from '../targets.ts';
import { Termination } from '../termination.ts';
import { readOrMakeToken } from '../token.ts';
import { UsageError } from '../usage-error.ts';

interface ServeFlags {
  readonly stdio?: boolean;
  readonly http?: ListenAddress;
}

/** Something that serves until `closed`, or until `close()`. */
interface Server {
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

/** Adds `errand serve`. */
export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description('offer commands to MCP clients')
    .option('--stdio', 'serve the client on stdin and stdout')
    .option('--http <[HOST:]PORT>', 'serve clients that have the token, over HTTP; port 0 takes a free one', (text) => parseListenAddress('--http', text))
    .action(serve);
}

async function serve({ stdio, http }: ServeFlags): Promise<void> {
  if (stdio === (http !== undefined)) throw new UsageError('serve: give one of --stdio and --http [HOST:]PORT.');
  const executor = openTarget('local');
  try {
    const server = http ? await startHttp(executor, http) : await startStdio(executor);
    const termination = new Termination((_, first) => first && void server.close());
    await server.closed;
    termination.stop();
  } finally {
    await executor.close();
  }
}

async function startStdio(executor: Executor): Promise<Server> {
  const { serveStdio } = await import('@errand/mcp-adapter');
  return serveStdio(executor);
}

async function startHttp(executor: Executor, { host, port }: ListenAddress): Promise<Server> {
  const [{ serveHttp }, token] = await Promise.all([import('@errand/mcp-adapter'), readOrMakeToken()]);
  const server = await serveHttp(executor, { host, port, token: token.value });
  // Told on stderr like a log line; the token itself stays in its file.
  console.error(`errand: serving MCP at ${server.url} (bearer token: ${token.file})`);
  let closed: () => void = () => {};
  return {
    closed: new Promise((resolve) => {
      closed = resolve;
    }),
    close: async () => {
      await server.close();
      closed();
    },
  };
}
