import { afterAll, describe, it } from 'vitest';
import { shellConformance } from '../testing/tools/shell-conformance.ts';

await shellConformance('busybox', { describe, it, afterAll });
