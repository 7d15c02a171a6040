import type { Writable } from 'node:stream';
import type { Ending, Refused } from '../protocol/frame.ts';
import { type CommandEvent, readEvent } from '../protocol/request.ts';
import { FrameWriter } from './frame-writer.ts';
import { type HandlerOptions, type HandlerSettings, toSettings } from './handler-options.ts';
import { type KnownExecution, KnownExecutions } from './known.ts';
import { SandboxRecord } from './record.ts';
import { refusal, refused } from './refusal.ts';
import { runCommand } from './run-command.ts';
import { type InvocationContext, type LambdaHandler, streamify } from './runtime.ts';
import { Sandbox } from './sandbox.ts';

/**
 * A handler with options of one's own; `handler` is `createHandler()`. One for a function, made when the module is loaded.
 *
 * @example
 * import { createHandler } from './errand-handler.mjs';
 * export const handler = createHandler({ cancelled: async (id) => isThere(`cancelled/${id}`) });
 *
 * @throws TypeError where an option is wrong
 */
export function createHandler(options: HandlerOptions = {}): LambdaHandler {
  const function_ = new ErrandFunction(toSettings(options));
  return streamify((event, response, context) => function_.answer(event, response, context));
}

/** What one sandbox does with its invocations, one after the other. */
class ErrandFunction {
  readonly #settings: HandlerSettings;
  readonly #sandbox: Sandbox;
  readonly #known: KnownExecutions;

  constructor(settings: HandlerSettings) {
    this.#settings = settings;
    const record = new SandboxRecord(settings.temporaryDirectory);
    this.#known = new KnownExecutions(record.begun);
    this.#sandbox = new Sandbox(settings, record, this.#known);
  }

  async answer(event: unknown, response: Writable, context: InvocationContext): Promise<void> {
    const lost = new AbortController();
    const writer = new FrameWriter(response, () => lost.abort());
    const read = readOrRefuse(event);
    if ('refused' in read) await writer.write({ type: 'ended', ending: read });
    else if ('health' in read) await writer.write({ type: 'ended', ending: { outcome: 'exited', exitCode: 0 } });
    else await this.#answerCommand(read, { writer, context, abandoned: lost.signal });
    await writer.end();
  }

  async #answerCommand(event: CommandEvent, { writer, context, abandoned }: Invocation): Promise<void> {
    const known = this.#known.find(event.executionId);
    if (known) return repeat(known, writer);
    // Before anything is waited for.
    const execution = this.#known.begin(event.executionId);
    const notClaimed = await this.#claim(event);
    if (notClaimed) {
      if ('refused' in notClaimed) this.#known.forget(event.executionId);
      else execution.answer = { ending: notClaimed, stdout: new Uint8Array(0), stderr: new Uint8Array(0) };
      return writer.write({ type: 'ended', ending: notClaimed });
    }
    await this.#sandbox.enter(event.executionId);
    try {
      const leftMs = (): number => context.getRemainingTimeInMillis();
      const parts = { event, settings: this.#settings, sandbox: this.#sandbox, writer, leftMs, abandoned };
      const { answer, gone } = await runCommand(parts);
      // Asked again, it may find more time, or its stdin; what was claimed is not claimed twice.
      if ('refused' in answer.ending && !this.#settings.claim) this.#known.forget(event.executionId);
      else execution.answer = answer;
      // Its caller need not wait for what it left to end.
      await writer.write({ type: 'ended', ending: withoutOmitted(answer.ending) });
      await gone;
    } finally {
      await this.#sandbox.leave();
    }
  }

  /** Why it is not to be started. */
  async #claim({ executionId }: CommandEvent): Promise<Ending | undefined> {
    const { claim } = this.#settings;
    if (!claim) return undefined;
    try {
      if (await claim(executionId)) return undefined;
    } catch (fault) {
      return refused('EXEC_UNAVAILABLE', `The function's claim hook failed, so nothing was started: ${messageOf(fault)}.`);
    }
    return {
      outcome: 'unknown',
      reason: 'another sandbox of the function had claimed this execution, and how it ended there is not known',
    };
  }
}

function readOrRefuse(event: unknown): ReturnType<typeof readEvent> | Refused {
  try {
    return readEvent(event);
  } catch (fault) {
    return refusal(fault);
  }
}

interface Invocation {
  readonly writer: FrameWriter;
  readonly context: InvocationContext;
  readonly abandoned: AbortSignal;
}

/** All of it was sent. */
function withoutOmitted(ending: Ending): Ending {
  if ('refused' in ending) return ending;
  const { omitted: _omitted, ...sent } = ending;
  return sent;
}

async function repeat({ answer }: KnownExecution, writer: FrameWriter): Promise<void> {
  const ending = answer?.ending ?? BEGUN;
  if (answer && !('refused' in ending)) {
    await writer.write({ type: 'started', repeated: true });
    for (const type of ['stdout', 'stderr'] as const) if (answer[type].length > 0) await writer.write({ type, data: answer[type] });
  }
  await writer.write({ type: 'ended', ending });
}

const BEGUN: Ending = { outcome: 'unknown', reason: 'this sandbox had begun this execution before, and its end is not known here' };

function messageOf(fault: unknown): string {
  return fault instanceof Error ? fault.message : String(fault);
}
