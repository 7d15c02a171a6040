import { describe, it } from 'vitest';
import { localExecutor } from '../local/local-executor.ts';
import { testExecutor } from '../testing/index.ts';
import { queued } from './queued.ts';

// Behind a queue that is wide enough, everything is as without one.
await testExecutor({ describe, it, factory: (overrides) => queued(localExecutor(overrides), { concurrency: 1_000 }) });
