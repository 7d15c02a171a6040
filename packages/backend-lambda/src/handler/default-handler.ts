import { createHandler } from './create-handler.ts';
import type { LambdaHandler } from './runtime.ts';

/** What a function's `Handler` setting names, such as `errand-handler.handler`: all options at their defaults. */
export const handler: LambdaHandler = createHandler();
