import { randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';
import { FrameDecoder } from '../protocol/decoder.ts';
import { type Ending, type Frame, PROTOCOL_VERSION } from '../protocol/frame.ts';
import type { CommandEvent } from '../protocol/request.ts';
import type { HandlerOptions } from './handler-options.ts';
import type { StreamingFunction } from './runtime.ts';

/** What a function answered. */
export interface Answer {
  readonly frames: readonly Frame[];
  readonly stdout: string;
  readonly stderr: string;
  readonly ending: Ending;
}

export interface InvokeParts {
  readonly leftMs?: number | (() => number);
  readonly onFrame?: (frame: Frame, response: Writable) => void;
  /** Not of much output, which would fill the memory. Default true. */
  readonly keepsFrames?: boolean;
}

/** One sandbox with a handler in it, in the place of Lambda's runtime. */
export interface Rig {
  invoke(event: unknown, parts?: InvokeParts): Promise<Answer>;
  run(command: CommandEvent['command'], more?: Partial<CommandEvent>, leftMs?: number): Promise<Answer>;
}

export async function startSandbox(options: HandlerOptions = {}): Promise<Rig> {
  // A new sandbox loads the module, which finds the runtime's global then.
  Reflect.set(globalThis, 'awslambda', { streamifyResponse: (answer: StreamingFunction) => answer });
  const { createHandler } = await import('./create-handler.ts');
  const answer = createHandler(options) as StreamingFunction;
  Reflect.deleteProperty(globalThis, 'awslambda');
  const invoke: Rig['invoke'] = async (event, { leftMs = 60_000, onFrame, keepsFrames = true } = {}) => {
    const decoder = new FrameDecoder();
    const frames: Frame[] = [];
    const response = new Writable({
      write(bytes: Buffer, _encoding, done) {
        for (const frame of decoder.push(bytes)) {
          if (keepsFrames || frame.type === 'ended') frames.push(frame);
          onFrame?.(frame, response);
        }
        done();
      },
    });
    await answer(event, response, { getRemainingTimeInMillis: typeof leftMs === 'number' ? () => leftMs : leftMs });
    decoder.end();
    return { frames, stdout: said(frames, 'stdout'), stderr: said(frames, 'stderr'), ending: endingOf(frames) };
  };
  return { invoke, run: (command, more, leftMs = 60_000) => invoke(commandEvent(command, more), { leftMs }) };
}

export function commandEvent(command: CommandEvent['command'], more: Partial<CommandEvent> = {}): CommandEvent {
  const executionId = `rig-${randomBytes(8).toString('hex')}`;
  return {
    errand: PROTOCOL_VERSION,
    executionId,
    command,
    env: {},
    shell: '/bin/sh',
    limits: {},
    mergeStderr: false,
    timeoutMs: 20_000,
    killSignal: 'SIGTERM',
    killGraceMs: 500,
    ...more,
  };
}

function said(frames: readonly Frame[], stream: 'stdout' | 'stderr'): string {
  return Buffer.concat(frames.flatMap((frame) => (frame.type === stream ? [frame.data] : []))).toString();
}

function endingOf(frames: readonly Frame[]): Ending {
  const last = frames.at(-1);
  if (last?.type === 'ended') return last.ending;
  throw new Error('There is no final record.');
}
