export type { Case, Concern, Kit, KitSize } from './case.ts';
export { leastSupports } from './least-supports.ts';
export { type TestExecutorOptions, testExecutor } from './test-executor.ts';
export type { ClientModule } from './tools/client-process.ts';
