import { afterAll, describe, it } from 'vitest';
import { dockerConformance } from './docker-conformance.ts';

await dockerConformance('busybox', 'hardened', { describe, it, afterAll }, { daemon: 'podman' });
