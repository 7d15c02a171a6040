import { localExecutor } from '@errand/core';
import { registerTools } from '@errand/mcp-adapter';
import { McpServer } from '@modelcontextprotocol/server';
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';

const server = new McpServer({ name: 'mine', version: '1.0.0' }); // with tools of your own
registerTools(server, localExecutor(), { prefix: 'errand_' }); // adds errand_run_command, errand_list_targets and those for jobs
await server.connect(new StdioServerTransport());
