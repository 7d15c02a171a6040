import { localExecutor } from '@errand/core';
import { type Growth, measureGrowth } from '../harness/growth.ts';
import { expectOk } from './expect-ok.ts';

/** Runs n commands one after the other; called in a process of its own. */
export async function growAcross(n: number): Promise<Growth> {
  const executor = localExecutor();
  const growth = await measureGrowth(async (signal) => expectOk(await executor.exec(['/bin/true'], { signal })), 1_000, n);
  await executor.close();
  return growth;
}
