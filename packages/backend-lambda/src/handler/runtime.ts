import type { Writable } from 'node:stream';

/** What a function is given beside the event, as far as it is used here. */
export interface InvocationContext {
  getRemainingTimeInMillis(): number;
}

/** A function that streams its answer, before Lambda's runtime wraps it. */
export type StreamingFunction = (event: unknown, response: Writable, context: InvocationContext) => Promise<void>;

/** What Lambda's runtime calls. */
export type LambdaHandler = (...given: never[]) => unknown;

/** Lambda's Node runtimes have it; emulators may have it in scope and not in `globalThis`; AWS's SDK makes one with nothing of this. */
declare const awslambda: { readonly streamifyResponse?: (answer: StreamingFunction) => LambdaHandler };

const ELSEWHERE = "This is a handler for AWS Lambda's Node runtime, which has response streaming; it was called elsewhere.";

export function streamify(answer: StreamingFunction): LambdaHandler {
  const runtime = typeof awslambda === 'undefined' ? undefined : awslambda;
  if (runtime?.streamifyResponse) return runtime.streamifyResponse(answer);
  return () => {
    throw new Error(ELSEWHERE);
  };
}
