import { InvokeWithResponseStreamCommand, type InvokeWithResponseStreamResponseEvent, LambdaClient as Sdk } from '@aws-sdk/client-lambda';

/** What an invocation is made of. */
export interface Invocation {
  /** A name, an ARN, or a part of one. */
  readonly functionName: string;
  readonly payload: Uint8Array;
  readonly tenant: string | undefined;
}

/** What the service says when a function is over. */
export interface Completion {
  readonly errorCode: string | undefined;
  readonly errorDetails: string | undefined;
  /** The last 4 KB of the function's log. */
  readonly log: string;
}

/** A function's answer while it comes. */
export interface Answer {
  readonly events: AsyncIterable<Uint8Array | Completion>;
  /** Breaks the connection: `events` ends with a fault. */
  destroy(): void;
}

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Where the service is, and who calls. What is not said is as for every program of AWS: variables, `~/.aws`, the machine's role. */
export interface ClientOptions {
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly credentials?: AwsCredentials | (() => Promise<AwsCredentials>) | undefined;
  readonly maxConnections: number;
}

const CONNECT_MS = 20_000;

/** The only part that knows the SDK. An invocation is never sent twice: neither by the SDK nor here. */
export class LambdaClient {
  readonly #sdk: Sdk;

  constructor({ region, endpoint, credentials, maxConnections }: ClientOptions) {
    const agent = { keepAlive: true, maxSockets: maxConnections };
    this.#sdk = new Sdk({
      maxAttempts: 1,
      ...(region !== undefined && { region }),
      ...(endpoint !== undefined && { endpoint }),
      ...(credentials !== undefined && { credentials }),
      // A function may be silent for as long as it runs.
      requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: 0, socketTimeout: 0, httpAgent: agent, httpsAgent: agent },
    });
  }

  /** `onSending` is called when the request is about to leave; `signal` keeps it from leaving, or breaks the connection. */
  async invoke(invocation: Invocation, signal: AbortSignal, onSending: () => void): Promise<Answer> {
    let body: unknown;
    const command = new InvokeWithResponseStreamCommand({
      FunctionName: invocation.functionName,
      Payload: invocation.payload,
      // For what it says of memory, where the sandbox died.
      LogType: 'Tail',
      ...(invocation.tenant !== undefined && { TenantId: invocation.tenant }),
    });
    command.middlewareStack.add(
      (next) => async (args) => {
        signal.throwIfAborted();
        onSending();
        const result = await next(args);
        body = Reflect.get(Object(result.response), 'body');
        return result;
      },
      { step: 'deserialize', priority: 'low' },
    );
    const { EventStream: stream } = await this.#sdk.send(command, { abortSignal: signal });
    return {
      events: eventsOf(stream ?? []),
      destroy: () => {
        const destroy: unknown = Reflect.get(Object(body), 'destroy');
        if (typeof destroy === 'function') destroy.call(body);
      },
    };
  }

  /** Whether the function is there and may be invoked; runs nothing. An emulator may run it all the same, with this payload. */
  async dryRun(functionName: string, payload: Uint8Array, tenant: string | undefined, signal: AbortSignal): Promise<void> {
    const command = new InvokeWithResponseStreamCommand({
      FunctionName: functionName,
      InvocationType: 'DryRun',
      Payload: payload,
      ...(tenant !== undefined && { TenantId: tenant }),
    });
    const { EventStream: stream } = await this.#sdk.send(command, { abortSignal: signal });
    for await (const _event of stream ?? []) signal.throwIfAborted();
  }

  close(): void {
    this.#sdk.destroy();
  }
}

async function* eventsOf(
  stream: AsyncIterable<InvokeWithResponseStreamResponseEvent> | readonly never[],
): Answer['events'] & AsyncGenerator<Uint8Array | Completion> {
  for await (const { PayloadChunk: chunk, InvokeComplete: complete } of stream) {
    if (chunk?.Payload) yield chunk.Payload;
    if (!complete) continue;
    const { ErrorCode: errorCode, ErrorDetails: errorDetails, LogResult: log } = complete;
    yield { errorCode, errorDetails, log: Buffer.from(log ?? '', 'base64').toString() };
  }
}
