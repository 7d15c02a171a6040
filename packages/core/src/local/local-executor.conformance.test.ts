import { describe, it } from 'vitest';
import { testExecutor } from '../testing/index.ts';
import { localExecutor } from './local-executor.ts';

const size = process.env['ERRAND_KIT_SIZE'] === 'full' ? 'full' : 'standard';
const client = {
  url: new URL('./local-executor.ts', import.meta.url),
  factory: 'localExecutor',
  execArgv: ['--conditions=@errand/source'],
};

await testExecutor({ describe, it, factory: (overrides) => localExecutor(overrides), client, size });
