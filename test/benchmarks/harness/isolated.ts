import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/**
 * Calls an exported function of a module in a Node process of its own, so that its peak of memory, its listeners and its
 * descriptors are its alone. The argument and what it resolves to travel as JSON; `flags` are further ones for Node.
 */
export async function callIsolated<A, R>(module: string, name: string, argument: A, flags: readonly string[] = []): Promise<R> {
  const entry = fileURLToPath(new URL('./isolated-main.ts', import.meta.url));
  const always = ['--conditions=@errand/source', '--expose-gc'];
  const child = spawn(process.execPath, [...always, ...flags, entry, module, name, JSON.stringify(argument)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = new Promise<number | null>((done, failed) => child.once('error', failed).once('close', done));
  const output = await text(child.stdout);
  const exitCode = await closed;
  if (exitCode !== 0) throw new Error(`${name} of ${module} exited with ${exitCode}`);
  return JSON.parse(output);
}
