import { afterAll, describe, it } from 'vitest';
import { dockerConformance } from './docker-conformance.ts';

await dockerConformance('dash', 'named', { describe, it, afterAll }, { daemon: 'docker-current', shells: {} });
