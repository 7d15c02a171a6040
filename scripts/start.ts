import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { endTogether } from './start/end-together.ts';
import { freePort } from './start/port.ts';
import { runThroughMcp } from './start/run-through-mcp.ts';
import { serving } from './start/serving.ts';
import { snippets } from './start/snippets.ts';

// `npm start`: serves this machine over MCP, shows that it works by a command through its own endpoint, and goes on serving.
const program = `${import.meta.dirname}/../packages/cli/dist/bin.js`;
const command = ['uname', '-a'];

const port = process.env['PORT'] ?? String(await freePort(7330));
const server = spawn(process.execPath, [program, 'serve', '--http', port], { detached: true, stdio: ['ignore', 'inherit', 'pipe'] });
const exit = once(server, 'exit');
endTogether(server);

const endpoint = await serving(server.stderr);
if (endpoint !== undefined) {
  console.log(`\n$ ${command.join(' ')}   (through ${endpoint.url})`);
  console.log(await runThroughMcp(endpoint, command));
  console.log(snippets(endpoint, program));
}
const [code] = await exit;
process.exitCode = code ?? 1;
