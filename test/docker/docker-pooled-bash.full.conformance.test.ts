import { afterAll, describe, it } from 'vitest';
import { dockerConformance } from './docker-conformance.ts';

await dockerConformance('bash', 'named', { describe, it, afterAll }, { shells: {} });
