export { createHandler } from './create-handler.ts';
export { handler } from './default-handler.ts';
export type { HandlerOptions } from './handler-options.ts';
export type { LambdaHandler } from './runtime.ts';
