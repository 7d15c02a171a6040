import { localExecutor } from '@errand/core';
import { type ServeHttpOptions, serveHttp } from '@errand/mcp-adapter';

// Serves until SIGTERM, or until whoever started it is gone.
const executor = localExecutor();
const server = await serveHttp(executor, JSON.parse(process.env['SERVE_OPTIONS'] ?? '{}') as ServeHttpOptions);
const close = (): void => void server.close();
process.once('SIGTERM', close);
process.stdin.on('end', close).resume();
process.stdout.write(`${server.url}\n`);
await server.closed;
await executor.close();
process.stdin.destroy();
