import { type DockerExecutorOptions, dockerExecutor } from '@errand/backend-docker';
import type { SpawnOptions } from '@errand/core';

// Runs a command until it is killed.
const [options, command, how, typed] = process.argv.slice(2).map((word) => JSON.parse(word));
const executor = dockerExecutor(options as DockerExecutorOptions);
const execution = executor.spawn(command, how as SpawnOptions);
if (typed) execution.stdin.write(typed);
execution.result.catch((fault: unknown) => console.error(fault));
for await (const _chunk of execution) console.log('running');
