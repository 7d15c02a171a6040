import { type LambdaExecutorOptions, lambdaExecutor } from '@errand/backend-lambda';
import type { Executor } from '@errand/core';
import { onTestFinished } from 'vitest';
import { type FakeAnswer, FakeLambda, type Step } from '../servers/fake-lambda.ts';

export const SECRET_KEY = 'aws-secret-key-7d1';

/** A service that answers as the test says, and an executor of it. */
export async function fakeRig(
  answer: FakeLambda['answer'],
  options: LambdaExecutorOptions = {},
): Promise<{ fake: FakeLambda; executor: Executor }> {
  const fake = await FakeLambda.start();
  fake.answer = answer;
  const executor = lambdaExecutor({
    ...(!options.functions && { functionName: 'fake' }),
    region: 'us-east-1',
    endpoint: fake.endpoint,
    credentials: { accessKeyId: 'key', secretAccessKey: SECRET_KEY },
    ...options,
  });
  onTestFinished(async () => {
    await executor.close();
    await fake.stop();
  });
  return { fake, executor };
}

/** Frames as a handler would write them. */
export function frames(...fields: readonly object[]): Step[] {
  return fields.map((frame, n) => {
    const { data = '', ...head }: { readonly data?: string } = frame;
    return { says: `${JSON.stringify({ v: 2, n, ...head })}\n${data}` };
  });
}

export const STARTED = { type: 'started' };
export const DONE = { type: 'ended', ending: { outcome: 'exited', exitCode: 0 } };
export const COMPLETE: Step = { complete: {} };

export function out(text: string): object {
  return { type: 'stdout', bytes: Buffer.byteLength(text), data: text };
}

/** As the service refuses. */
export function error(status: number, name: string, fields: object = {}, headers: Readonly<Record<string, string>> = {}): FakeAnswer {
  return {
    status,
    headers: { 'x-amzn-errortype': name, ...headers },
    body: JSON.stringify({ Type: 'User', message: 'as AWS says', Message: 'as AWS says', ...fields }),
  };
}
