import { afterAll, describe, it } from 'vitest';
import { podConformance } from './k8s-conformance.ts';

await podConformance('dash', { describe, it, afterAll }, { shells: {} });
