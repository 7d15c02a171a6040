export type { AwsCredentials } from './lambda-client.ts';
export { lambdaExecutor } from './lambda-executor.ts';
export type { LambdaExecutorOptions, SizedFunction } from './lambda-options.ts';
