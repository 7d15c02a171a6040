export type { Case, Concern, Kit, KitSize } from './case.ts';
export { type TestExecutorOptions, testExecutor } from './test-executor.ts';
export type { ClientModule } from './tools/client-process.ts';
