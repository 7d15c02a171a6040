import { createExecutor, type Executor } from '@errand/core';
import { LambdaClient } from './lambda-client.ts';
import { LambdaDriver } from './lambda-driver.ts';
import { functionsOf, type LambdaExecutorOptions, lambdaOptionChecks } from './lambda-options.ts';
import { lambdaSupports } from './lambda-supports.ts';

/** See `LambdaExecutorOptions`. */
const SILENCE_MS = 30_000;
const MAX_CONNECTIONS = 1_000;

/**
 * Runs commands in a function of AWS Lambda that has Errand's handler (`@errand/backend-lambda/handler`): one invocation a command, sent
 * once. A command ends at its `timeoutMs` (at most, and by default, 15 min) whatever becomes of this process.
 *
 * @example
 * const executor = lambdaExecutor({ functionName: 'errand', region: 'eu-central-1' });
 * const { stdout } = await executor.exec('uname -a', { check: true });
 * await executor.close();
 *
 * @throws ExecError `EXEC_INVALID_OPTION`. Commands reject with `EXEC_NOT_FOUND`, `EXEC_PERMISSION`, `EXEC_AUTH`, `EXEC_CONNECT` or
 * `EXEC_UNAVAILABLE` where the function was not invoked.
 */
export function lambdaExecutor(options: LambdaExecutorOptions): Executor {
  return createExecutor(
    {
      kind: 'lambda',
      optionChecks: lambdaOptionChecks,
      makeDriver: (own) => {
        const { region, endpoint, credentials, cancel, storeStdin, defaults, tenantIsolation = false } = own;
        const { maxConnections = MAX_CONNECTIONS, silenceMs = SILENCE_MS } = own;
        const functions = functionsOf(own);
        return new LambdaDriver({
          client: new LambdaClient({ region, endpoint, credentials, maxConnections }),
          supports: lambdaSupports({
            cancel: cancel !== undefined,
            storesStdin: storeStdin !== undefined,
            choosesMemory: own.functions !== undefined,
          }),
          functions,
          tenantIsolation,
          tenant: defaults?.tenant,
          silenceMs,
          maxConnections,
          ...(cancel && { cancel }),
          ...(storeStdin && { storeStdin }),
        });
      },
    },
    options,
  );
}
