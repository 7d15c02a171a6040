import { afterAll, describe, it } from 'vitest';
import { dockerConformance } from './docker-conformance.ts';

await dockerConformance('no-shell', 'plain', { describe, it, afterAll });
