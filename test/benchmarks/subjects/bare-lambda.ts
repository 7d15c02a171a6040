import { InvokeWithResponseStreamCommand, LambdaClient } from '@aws-sdk/client-lambda';

/** A function without Errand that spawns sh, and one that streams bytes as fast as it may. */
export const BARE_FUNCTIONS = {
  spawning: {
    source: `
import { spawn } from 'node:child_process';
export const handler = awslambda.streamifyResponse(async (event, response) => {
  const child = spawn('/bin/sh', ['-c', event.script], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.pipe(response, { end: false });
  child.stderr.resume();
  await new Promise((resolve) => child.once('close', resolve));
  response.end();
});`,
  },
  streaming: {
    source: `
const piece = Buffer.alloc(65_536);
export const handler = awslambda.streamifyResponse(async ({ bytes }, response) => {
  for (let sent = 0; sent < bytes; sent += piece.length)
    if (!response.write(piece)) await new Promise((resolve) => response.once('drain', resolve));
  response.end();
});`,
  },
} as const;

/** Who invokes them, with the SDK alone. */
export class BareLambda {
  readonly #client: LambdaClient;

  constructor(endpoint: string) {
    this.#client = new LambdaClient({
      endpoint,
      region: 'us-east-1',
      maxAttempts: 1,
      credentials: { accessKeyId: 'a', secretAccessKey: 'a' },
    });
  }

  /** How many bytes it answered; `onFirst` is called at the first of them. */
  async invoke(functionName: keyof typeof BARE_FUNCTIONS, event: object, onFirst: () => void = () => {}): Promise<number> {
    const payload = Buffer.from(JSON.stringify(event));
    const { EventStream: stream = [] } = await this.#client.send(
      new InvokeWithResponseStreamCommand({ FunctionName: functionName, Payload: payload }),
    );
    let bytes = 0;
    for await (const { PayloadChunk: chunk } of stream) {
      if (bytes === 0 && chunk?.Payload) onFirst();
      bytes += chunk?.Payload?.length ?? 0;
    }
    return bytes;
  }

  close(): void {
    this.#client.destroy();
  }
}
