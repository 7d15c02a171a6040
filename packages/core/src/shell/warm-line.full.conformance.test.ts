import { describe, it } from 'vitest';
import { testExecutor } from '../testing/index.ts';
import { lineExecutor } from '../testing/line-executor.ts';

// As behind a network: commands register themselves, and whatever cannot be served goes through the launcher.
await testExecutor({
  describe,
  it,
  factory: (overrides) => lineExecutor({ loginShell: '/bin/sh' }, { name: 'warm-line', shells: {}, ...overrides }),
  size: process.env['ERRAND_KIT_SIZE'] === 'full' ? 'full' : 'standard',
});
