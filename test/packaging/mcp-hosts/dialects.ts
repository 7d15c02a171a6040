/** A tool that a model is offered, called. */
export interface ToolCall {
  /** As it is offered; one of a namespace with a dot between. */
  readonly tool: string;
  readonly args: object;
}

/** The API of a model's vendor, as far as a host needs it that streams one answer after another. */
export interface Dialect {
  /** What asks for an answer. */
  readonly path: RegExp;
  offered(request: never): string[];
  /** What the host's tools answered in this conversation, the oldest first. */
  answers(request: never): unknown[];
  /** The next event stream: a call, or words that end the turn; `count` tells one from the other. */
  events(call: ToolCall | undefined, count: number): object[];
}

const WORDS = 'That is all.';

interface AnthropicRequest {
  readonly tools?: readonly { readonly name: string }[];
  readonly messages: readonly { readonly content: string | readonly { readonly type: string; readonly content?: unknown }[] }[];
}

/** https://docs.claude.com/en/api/messages-streaming */
export const anthropicMessages: Dialect = {
  path: /\/messages(\?|$)/,
  offered: ({ tools = [] }: AnthropicRequest) => tools.map(({ name }) => name),
  answers: ({ messages }: AnthropicRequest) => {
    const blocks = messages.flatMap(({ content }) => (typeof content === 'string' ? [] : content));
    return blocks.filter(({ type }) => type === 'tool_result').map(({ content }) => content);
  },
  events: (call, count) => {
    const usage = { input_tokens: 1, output_tokens: 1 };
    const message = { id: `msg_${count}`, type: 'message', role: 'assistant', model: 'model', content: [], stop_reason: null, usage };
    const block = call ? { type: 'tool_use', id: `toolu_${count}`, name: call.tool, input: {} } : { type: 'text', text: '' };
    const delta = call ? { type: 'input_json_delta', partial_json: JSON.stringify(call.args) } : { type: 'text_delta', text: WORDS };
    return [
      { type: 'message_start', message },
      { type: 'content_block_start', index: 0, content_block: block },
      { type: 'content_block_delta', index: 0, delta },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: call ? 'tool_use' : 'end_turn', stop_sequence: null }, usage },
      { type: 'message_stop' },
    ];
  },
};

interface ResponsesRequest {
  readonly tools?: readonly { readonly name?: string; readonly tools?: readonly { readonly name: string }[] }[];
  readonly input: readonly { readonly type: string; readonly output?: unknown }[];
}

/** https://platform.openai.com/docs/api-reference/responses-streaming */
export const openAiResponses: Dialect = {
  path: /\/responses(\?|$)/,
  offered: ({ tools = [] }: ResponsesRequest) =>
    tools.flatMap(({ name = '', tools: inner }) => inner?.map((tool) => `${name}.${tool.name}`) ?? [name]),
  answers: ({ input }: ResponsesRequest) => input.filter(({ type }) => type === 'function_call_output').map(({ output }) => output),
  events: (call, count) => {
    const id = `item_${count}`;
    const [namespace, name] = call?.tool.split('.') ?? [];
    const item = call
      ? { type: 'function_call', id, call_id: `call_${count}`, namespace, name, arguments: JSON.stringify(call.args) }
      : { type: 'message', id, role: 'assistant', content: [{ type: 'output_text', text: WORDS }] };
    const response = { id: `resp_${count}`, usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 } };
    return [
      { type: 'response.created', response: { id: response.id } },
      { type: 'response.output_item.done', output_index: 0, item },
      { type: 'response.completed', response },
    ];
  },
};

interface GeminiRequest {
  readonly tools?: readonly { readonly functionDeclarations?: readonly { readonly name: string }[] }[];
  readonly contents: readonly { readonly parts?: readonly { readonly functionResponse?: { readonly response: unknown } }[] }[];
}

/** https://ai.google.dev/api/generate-content */
export const geminiContent: Dialect = {
  path: /:streamGenerateContent\?alt=sse$/,
  offered: ({ tools = [] }: GeminiRequest) =>
    tools.flatMap(({ functionDeclarations = [] }) => functionDeclarations.map(({ name }) => name)),
  answers: ({ contents }: GeminiRequest) =>
    contents.flatMap(({ parts = [] }) => parts.flatMap(({ functionResponse }) => (functionResponse ? [functionResponse.response] : []))),
  events: (call) => {
    const part = call ? { functionCall: { name: call.tool, args: call.args } } : { text: WORDS };
    const usageMetadata = { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 };
    return [{ candidates: [{ index: 0, content: { role: 'model', parts: [part] }, finishReason: 'STOP' }], usageMetadata }];
  },
};
