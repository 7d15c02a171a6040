import { afterAll, describe, it } from 'vitest';
import { dockerConformance } from './docker-conformance.ts';

await dockerConformance('busybox', 'container', { describe, it, afterAll }, { daemon: 'podman' });
