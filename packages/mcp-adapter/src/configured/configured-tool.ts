import type { Limits } from '@errand/core';
import type { ToolParameter } from './tool-parameter.ts';

/** A command that is offered as a tool of its own: a caller gives values for its parameters, and nothing else of it. */
export interface ConfiguredTool extends ToolCommand {
  /** What a model is told of it: at most 4,096 characters. Default: its name is all. */
  readonly description?: string;
  /**
   * Where it may run: names of targets, or labels that a target has all of. Default: everywhere. Where these are several, the tool has an
   * argument `target`.
   */
  readonly targets?: readonly string[] | Readonly<Record<string, string>>;
  /** Instead of `argv` and `script`: several, one after another in one command, which ends with the first that fails. At most 32. */
  readonly steps?: readonly ToolStep[];
  /** By name: 1 to 64 lower-case letters, digits and `_`, the first a letter; not `execution`, `target`, `idempotency_key`. At most 64. */
  readonly parameters?: Readonly<Record<string, ToolParameter>>;
  /** Where it runs; relative to the target's default. Of a session, where that begins. */
  readonly cwd?: string;
  /** Added to the target's environment. Of a session, when that begins. */
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds until it is ended: 1 … 2,147,483,647. Default: as `run_command`'s. A target's `maxTimeoutMs` bounds it. */
  readonly timeoutMs?: number;
  /** Not in a session. */
  readonly limits?: Limits;
  /**
   * A session of the caller's, by name, in which it runs, as those of `run_command` do: begun at first use, and kept from one call to
   * the next. It takes a `script`, or steps with scripts.
   */
  readonly session?: string;
  /** What must be so when it is called; else it is refused, and nothing starts. */
  readonly when?: ToolCondition;
  /** What a caller gets of it beside how it ended. Default: text, as of `run_command`. */
  readonly output?: ToolOutput;
  /** Whether it only looks: `readOnlyHint` for clients, and it is offered with the option `readOnly`, too. Default false. */
  readonly readOnly?: boolean;
}

/** What runs: `argv` or `script`. */
export interface ToolCommand {
  /**
   * Program and arguments, which no shell parses. A whole element `{name}` is the value of a parameter: of a list its items, of an absent
   * one nothing. The first element is none, unless it is an `enum` that is always there.
   */
  readonly argv?: readonly string[];
  /** Shell source. It has each parameter as a variable, `ERRAND_NAME`; of a list its items, a line each; an absent one is not set. */
  readonly script?: string;
}

/** One of several commands. */
export interface ToolStep extends ToolCommand {
  /** How the step is named where it fails: at most 64 letters, digits, spaces, `_`, `-` and `.`. Default: its number alone. */
  readonly name?: string;
}

/** What must be so. */
export interface ToolCondition {
  /** All of these labels, with these values: of the target of the call. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The target says that it is well (`health()`), within 10 s. */
  readonly healthy?: boolean;
}

/** What a caller gets of a tool that exited with 0. */
export type ToolOutput =
  /** Its stdout is JSON, at most 64 KiB, that is checked against this JSON Schema (draft-07), and also given as `json`. */
  | { readonly type: 'json'; readonly schema: Readonly<Record<string, unknown>> }
  /** Also a file: an absolute path on the target, or `{name}` of a `path` parameter. */
  | {
      readonly type: 'file';
      readonly path: string;
      /** Images and sound are given as such, the rest as text where it is, else as a resource. Default: found out. */
      readonly mimeType?: string;
      /** A longer file is not given: 1 … 8 MiB; default 1 MiB. */
      readonly maxBytes?: number;
    }
  | { readonly type: 'text' };
