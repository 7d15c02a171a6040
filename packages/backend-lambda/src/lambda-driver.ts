import { type Driver, type DriverProcess, type DriverSupports, NotStarted, type ProcessRequest } from '@errand/core';
import { invalidOption } from '@errand/core/checks';
import { FollowedCommand } from './answer/followed-command.ts';
import type { LambdaClient } from './lambda-client.ts';
import { invokeFault } from './lambda-errors.ts';
import type { LambdaExecutorOptions, SizedFunction } from './lambda-options.ts';
import { healthPayload, toPayload } from './lambda-request.ts';
import { Places } from './places.ts';
import { Sending } from './sending.ts';

const TENANT = /^[\w .:/=+@-]{1,256}$/;

/** What the factory makes for the driver. */
export interface LambdaDriverParts extends Pick<LambdaExecutorOptions, 'cancel' | 'storeStdin'> {
  readonly client: LambdaClient;
  readonly supports: DriverSupports;
  /** The smallest first. */
  readonly functions: readonly SizedFunction[];
  readonly tenantIsolation: boolean;
  /** Of commands that say none, where it is known. */
  readonly tenant: string | undefined;
  readonly silenceMs: number;
  /** The most commands at once. */
  readonly maxConnections: number;
}

/** Invokes a function for each command, once, and follows its answer. */
export class LambdaDriver implements Driver {
  readonly supports: DriverSupports;
  readonly #parts: LambdaDriverParts;
  readonly #places: Places;

  constructor(parts: LambdaDriverParts) {
    this.supports = parts.supports;
    this.#parts = parts;
    this.#places = new Places(parts.maxConnections);
  }

  async start(request: ProcessRequest, signal: AbortSignal): Promise<DriverProcess> {
    const { client, storeStdin } = this.#parts;
    const { functionName, limits } = this.#choose(request.limits);
    const tenant = this.#tenantOf(request);
    const payload = await toPayload(request, limits, storeStdin);
    const sending = new Sending(signal, this.#tellCancel(request));
    let leave = (): void => {};
    try {
      leave = await this.#places.take(sending.signal);
      const answer = await sending.orGivenUp(client.invoke({ functionName, payload, tenant }, sending.signal, () => sending.begin()));
      const command = new FollowedCommand(answer, { functionName, silenceMs: this.#parts.silenceMs, ...this.#tellCancel(request) });
      sending.follow(command);
      command.over.then(leave);
      await command.started;
      return command;
    } catch (fault) {
      leave();
      if (fault instanceof NotStarted) throw fault;
      throw sending.faultOf(fault) ?? invokeFault(fault, functionName);
    } finally {
      sending.end();
    }
  }

  async ping(signal: AbortSignal): Promise<void> {
    const { client, functions, tenantIsolation, tenant } = this.#parts;
    await Promise.all(
      functions.map(async ({ functionName }) => {
        const whose = tenantIsolation ? (tenant ?? 'errand-health') : undefined;
        await client.dryRun(functionName, healthPayload(), whose, signal).catch((fault: unknown) => {
          throw invokeFault(fault, functionName);
        });
      }),
    );
  }

  async close(): Promise<void> {
    this.#parts.client.close();
  }

  #choose({ memoryBytes, ...limits }: ProcessRequest['limits']): {
    readonly functionName: string;
    readonly limits: ProcessRequest['limits'];
  } {
    const { functions } = this.#parts;
    const chosen = functions.find((one) => one.memoryBytes >= (memoryBytes ?? 0));
    if (chosen) return { functionName: chosen.functionName, limits };
    const most = functions.at(-1)?.memoryBytes;
    throw new NotStarted(invalidOption('limits.memoryBytes', `${memoryBytes} is more than any of the functions has`, `at most ${most}`));
  }

  #tenantOf({ tenant }: ProcessRequest): string | undefined {
    if (!this.#parts.tenantIsolation) return undefined;
    if (tenant !== undefined && TENANT.test(tenant)) return tenant;
    const wrong = tenant === undefined ? 'is missing, and the function isolates tenants' : 'is no tenant that Lambda takes';
    throw new NotStarted(invalidOption('tenant', wrong, '1 to 256 letters, digits, blanks and . _ : / = + - @'));
  }

  #tellCancel({ executionId }: ProcessRequest): { readonly tellCancel?: () => Promise<void> } {
    const { cancel } = this.#parts;
    return cancel ? { tellCancel: async () => cancel(executionId) } : {};
  }
}
