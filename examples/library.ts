import { localExecutor, sh } from '@errand/core';

await using executor = localExecutor({ defaults: { timeoutMs: 60_000 } });

const { ok, stdout, outcome, reason } = await executor.exec(['uname', '-a']); // argv: no shell parses it
console.log(ok ? stdout.text : `${outcome}: ${reason}`);

const name = "it's data, not shell source";
const loop = executor.spawn(sh`for i in 1 2 3; do echo "$i" ${name}; sleep 0.1; done`, { idleTimeoutMs: 5_000 });
for await (const { stream, data } of loop) process[stream].write(data); // as it comes
console.log((await loop.result).outcome);
