import { describe, it } from 'vitest';
import { lineConformance } from '../testing/tools/line-conformance.ts';

await lineConformance('bash', 'tcsh', { describe, it });
