import { afterAll, describe, it } from 'vitest';
import { warmConformance } from '../testing/tools/warm-conformance.ts';

await warmConformance('busybox', { describe, it, afterAll });
