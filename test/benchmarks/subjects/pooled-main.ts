import { createInterface } from 'node:readline';
import { localExecutor } from '@errand/core';
import { expectOk } from '../jobs/expect-ok.ts';

// Commands in warm shells, without MCP before them: a line `COUNT WIDTH` is answered with what they took.
const executor = localExecutor({ shells: {} });
for await (const line of createInterface({ input: process.stdin })) {
  const [count = 0, width = 1] = line.split(' ').map(Number);
  const latencies: number[] = [];
  let left = count;
  const begun = performance.now();
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const start = performance.now();
      expectOk(await executor.exec(['/bin/true']));
      latencies.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  console.log(JSON.stringify({ latencies, seconds: (performance.now() - begun) / 1_000 }));
}
await executor.close();
