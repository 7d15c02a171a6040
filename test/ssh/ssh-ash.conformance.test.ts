import { afterAll, describe, it } from 'vitest';
import { sshConformance } from './ssh-conformance.ts';

await sshConformance('ash', { describe, it, afterAll });
