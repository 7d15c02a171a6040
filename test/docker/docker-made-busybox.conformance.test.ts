import { afterAll, describe, it } from 'vitest';
import { dockerConformance } from './docker-conformance.ts';

await dockerConformance('busybox', 'made', { describe, it, afterAll });
