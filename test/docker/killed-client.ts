import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { DockerExecutorOptions } from '@errand/backend-docker';
import type { Command, SpawnOptions } from '@errand/core';

/**
 * Another process whose executor runs a command, once that has printed something. It is the caller's to kill.
 *
 * @param typed Written to the command's stdin, which stays open.
 */
export async function startClient(
  options: DockerExecutorOptions,
  command: Command,
  how: SpawnOptions = {},
  typed = '',
): Promise<ChildProcess> {
  const fixture = resolve('test/docker/killed-client.fixture.ts');
  const words = [options, command, how, typed].map((value) => JSON.stringify(value));
  const client = spawn(process.execPath, ['--conditions=@errand/source', fixture, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(client.stdout, 'data');
  return client;
}

/** As a crash ends it. */
export async function killClient(client: ChildProcess): Promise<void> {
  client.kill('SIGKILL');
  await once(client, 'exit');
}
