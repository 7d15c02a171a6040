import { afterAll, describe, it } from 'vitest';
import { podConformance } from './k8s-conformance.ts';

await podConformance('busybox', { describe, it, afterAll });
