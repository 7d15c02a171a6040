import { afterAll, describe, it } from 'vitest';
import { shellConformance } from '../testing/tools/shell-conformance.ts';

await shellConformance('bash', { describe, it, afterAll });
