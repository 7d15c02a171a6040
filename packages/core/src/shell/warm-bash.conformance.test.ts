import { afterAll, describe, it } from 'vitest';
import { warmConformance } from '../testing/tools/shell-conformance.ts';

await warmConformance('bash', { describe, it, afterAll });
