import { afterAll, describe, it } from 'vitest';
import { warmConformance } from '../testing/tools/shell-conformance.ts';

await warmConformance('dash', { describe, it, afterAll });
