import { expect, test } from 'vitest';
import { lambdaExecutor } from './lambda-executor.ts';
import type { LambdaExecutorOptions } from './lambda-options.ts';

test.each([
  ['functionName', {}],
  ['functionName', { functionName: 'a b' }],
  ['functions', { functionName: 'a', functions: [{ functionName: 'a', memoryBytes: 134_217_728 }] }],
  ['functions', { functions: [] }],
  ['functions[0].memoryBytes', { functions: [{ functionName: 'a' }] }],
  ['functions[0].memoryBytes', { functions: [{ functionName: 'a', memoryBytes: 1 }] }],
  ['region', { functionName: 'a', region: 'Europe!' }],
  ['endpoint', { functionName: 'a', endpoint: 'lambda' }],
  ['credentials.secretAccessKey', { functionName: 'a', credentials: { accessKeyId: 'a' } }],
  ['silenceMs', { functionName: 'a', silenceMs: 1 }],
  ['cancel', { functionName: 'a', cancel: 'yes' }],
  ['shells', { functionName: 'a', shells: {} }],
])('what is wrong is refused before anything is sent: %s', (option, options) => {
  const fault = (): unknown => lambdaExecutor(options as LambdaExecutorOptions);
  expect(fault).toThrow(
    expect.objectContaining({ code: option === 'shells' ? 'EXEC_NOT_SUPPORTED' : 'EXEC_INVALID_OPTION', detail: { option } }),
  );
});

test('a name, an ARN and an alias name a function', async () => {
  for (const functionName of ['errand', 'errand:live', 'arn:aws:lambda:eu-central-1:123456789012:function:errand:$LATEST'])
    await lambdaExecutor({ functionName, region: 'eu-central-1' }).close();
});
