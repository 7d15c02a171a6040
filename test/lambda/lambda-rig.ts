import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LambdaExecutorOptions } from '@errand/backend-lambda';
import { LambdaEmulator } from '../servers/lambda.ts';

/** Functions of the emulator, and what an executor needs to invoke them. */
export interface LambdaRig {
  readonly emulator: LambdaEmulator;
  /** Of a function that asks whether its commands are cancelled, and is told. */
  readonly withCancel: LambdaExecutorOptions;
  /** Of one with everything at its defaults. */
  readonly plain: LambdaExecutorOptions;
  stop(): Promise<void>;
}

/** Looks for a file in the directory that it shares with the tests, as another one would for an object in S3. */
const ASKING = `
import { existsSync } from 'node:fs';
import { createHandler } from './errand-handler.mjs';
export const handler = createHandler({ cancelPollMs: 20, cancelled: (id) => existsSync(process.cwd() + '/shared/' + id) });
`;

export async function startLambdaRig(): Promise<LambdaRig> {
  const emulator = await LambdaEmulator.start({
    plain: { source: "export { handler } from './errand-handler.mjs';" },
    asking: { source: ASKING },
  });
  const service = {
    region: 'us-east-1',
    endpoint: emulator.endpoint,
    credentials: { accessKeyId: 'emulated', secretAccessKey: 'emulated' },
  };
  return {
    emulator,
    plain: { ...service, functionName: 'plain' },
    withCancel: { ...service, functionName: 'asking', cancel: (id) => writeFile(join(emulator.shared, id), '') },
    stop: () => emulator.stop(),
  };
}
