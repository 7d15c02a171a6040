/** For backends whose commands run in containers: what they have there, a line of shell that runs there, and what its memory's bound ended. */
export { type ExecChannel, toShell } from './exec-channel.ts';
export { execSupports } from './exec-supports.ts';
export { firstLine } from './first-line.ts';
export { MEMORY_LOOK, memoryAnswer } from './memory-look.ts';
export { OutOfMemoryCount } from './out-of-memory-count.ts';
