import { type ClientProcess, startClient } from '../testing/tools/client-process.ts';
import type { DetachingOptions } from './detaching-client.fixture.ts';

/** For tests: a client of its own, which detaches this script and goes on reading. */
export function startDetaching(options: DetachingOptions, script: string): ClientProcess {
  const url = new URL('./detaching-client.fixture.ts', import.meta.url);
  return startClient({ url, factory: 'detachingExecutor', execArgv: ['--conditions=@errand/source'] }, options, 'stay', [script]);
}
