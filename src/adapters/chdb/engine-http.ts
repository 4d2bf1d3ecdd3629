import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { EngineError, type EngineSessions, type Settings } from './engine-sessions.ts';

/** Larger than any batch; the body of a request is held whole. */
export const BODY_BYTES_MAX = 256 * 1024 * 1024;
/** Parameters of a search come in the URL, so this bounds a search with long lists. */
const URL_BYTES_MAX = 16 * 1024 * 1024;

const INSERT = /^\s*INSERT INTO ([\w.]+) \(([\w, ]+)\)\s+FORMAT JSONCompactEachRow\s*$/;
const NAME = /^\w+$/;

type Request = {
  readonly sql: string;
  readonly body: Buffer;
  readonly id: string;
  readonly params: Settings;
  readonly settings: Settings;
};

/** The part of ClickHouse's HTTP interface that `@clickhouse/client` uses, in front of the engine of this process. */
export function createEngineServer(sessions: EngineSessions, secret: string): Server {
  const server = createServer({ maxHeaderSize: URL_BYTES_MAX, keepAliveTimeout: 60_000 }, (request, response) => {
    answer(sessions, secret, request, response).catch((error: unknown) => sendError(response, error));
  });
  // An insert may wait for the disk, a search for its time limit; both have limits of their own.
  server.requestTimeout = 0;
  server.timeout = 0;
  return server;
}

async function answer(
  sessions: EngineSessions,
  secret: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!isAllowed(request, secret)) throw new EngineError(516, 'Authentication failed (AUTHENTICATION_FAILED)');
  const url = new URL(request.url ?? '/', 'http://engine');
  if (url.pathname === '/ping') {
    response.end('Ok.\n');
    return;
  }
  const gone = new AbortController();
  response.on('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  const parts = partsOf(url, await readBody(request));
  const insert = INSERT.exec(parts.sql);
  if (insert !== null) {
    const columns = (insert[2] ?? '').split(',').map((column) => column.trim());
    await sessions.insert(insert[1] ?? '', columns, parts.body, parts.settings);
    response.end();
  } else if (/^\s*(?:SELECT|WITH)\b/i.test(parts.sql)) {
    const rows = await sessions.select(parts.id, parts.sql, parts.params, parts.settings, gone.signal);
    response.setHeader('Content-Type', 'application/x-ndjson; charset=UTF-8');
    response.end(rows);
  } else {
    await sessions.change(parts.sql);
    response.end();
  }
}

/** Which search parameters are statements, parameters of it, or settings, is told by their names. */
function partsOf(url: URL, body: Buffer): Request {
  const params: Record<string, string> = {};
  const settings: Record<string, string> = {};
  for (const [name, value] of url.searchParams) {
    if (name === 'query' || name === 'query_id' || name === 'database') continue;
    if (!NAME.test(name)) throw new EngineError(115, 'a setting must be named by a word (UNKNOWN_SETTING)');
    if (name.startsWith('param_')) params[name.slice('param_'.length)] = value;
    else settings[name] = value;
  }
  const query = url.searchParams.get('query');
  const id = url.searchParams.get('query_id') ?? '';
  return { sql: query ?? body.toString(), body: query === null ? Buffer.alloc(0) : body, id, params, settings };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > BODY_BYTES_MAX)
      throw new EngineError(307, `a body holds at most ${BODY_BYTES_MAX} bytes (TOO_MANY_BYTES)`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

function isAllowed(request: IncomingMessage, secret: string): boolean {
  const expected = `Basic ${Buffer.from(`default:${secret}`).toString('base64')}`;
  return timingSafeEqual(digest(request.headers.authorization ?? ''), digest(expected));
}

function sendError(response: ServerResponse, error: unknown): void {
  const { code, text } = engineFault(error);
  if (!response.headersSent) {
    response.writeHead(500, { 'X-ClickHouse-Exception-Code': String(code), 'Content-Type': 'text/plain' });
  }
  response.end(text);
}

/** As the engine says it ("Code: 159. DB::Exception: … (TIMEOUT_EXCEEDED)"), which is what the client parses. */
function engineFault(error: unknown): { readonly code: number; readonly text: string } {
  if (error instanceof EngineError) {
    return { code: error.code, text: `Code: ${error.code}. DB::Exception: ${error.message}` };
  }
  const message = error instanceof Error ? error.message : String(error);
  const at = message.search(/Code: \d+\. DB::Exception/);
  const text = at < 0 ? `Code: 1002. DB::Exception: ${message} (UNKNOWN_EXCEPTION)` : message.slice(at);
  return { code: Number(/^Code: (\d+)/.exec(text)?.[1] ?? 1002), text };
}
