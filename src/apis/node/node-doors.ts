import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { AppError } from '../../shared/errors.ts';
import type { LogpointId } from '../../shared/ids.ts';
import { answerBrokenRequest, createListener, type TlsFiles, unknownRoute } from '../http/create-server.ts';
import { NODE_PREFIX, nodeFailure } from '../http/envelope.ts';

/** Ways to say which logpoint a plain path means, beside the prefix: the host name that was asked, or a port. */
export type NodeDoors = {
  /** By host name in lower case. */
  readonly hosts: ReadonlyMap<string, LogpointId>;
  readonly ports: ReadonlyMap<number, LogpointId>;
};

export const noDoors: NodeDoors = { hosts: new Map(), ports: new Map() };

/**
 * The settings `node.hosts` and `node.ports`: entries `name=logpoint identifier`.
 *
 * @throws AppError `CONFIG_INVALID` for a name or port that comes twice
 */
export function readDoors(hosts: readonly string[], ports: readonly string[]): NodeDoors {
  const byPort = [...pairs('node.ports', ports)].map(([port, id]): [number, LogpointId] => [Number(port), id]);
  return { hosts: pairs('node.hosts', hosts), ports: new Map(byPort) };
}

function pairs(option: string, entries: readonly string[]): ReadonlyMap<string, LogpointId> {
  const found = new Map<string, LogpointId>();
  for (const entry of entries) {
    const [key = '', id = ''] = entry.toLowerCase().split('=');
    if (found.has(key)) throw new AppError('invalid', 'CONFIG_INVALID', `option ${option} names ${key} twice`);
    found.set(key, id);
  }
  return found;
}

export type Asked = {
  /** The logpoint in the path. */
  readonly named: string | undefined;
  readonly host: string;
  readonly port: number | undefined;
};

/** The logpoint that a request means; undefined when nothing says one. Ways that disagree mean none that there is. */
export function askedLogpoint(doors: NodeDoors, { named, host, port }: Asked): string | undefined {
  const said = [named, doors.ports.get(port ?? -1), doors.hosts.get(host.toLowerCase())];
  const ids = new Set(said.filter((id) => id !== undefined));
  return ids.size > 1 ? '' : [...ids][0];
}

/**
 * A server for one port of `node.ports`: what the main one answers to the paths of the node's own APIs, and nothing
 * else. `handle` is the main server's.
 */
export function createNodeListener(
  tls: TlsFiles | undefined,
  isNodePath: (path: string) => boolean,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  const server = createListener(tls, (request, response) => {
    const url = request.url ?? '/';
    if (url.startsWith(NODE_PREFIX) || isNodePath(url.split('?', 1)[0] ?? '')) return handle(request, response);
    request.resume();
    const body = JSON.stringify(nodeFailure(unknownRoute(request.method ?? '', url)));
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(body);
  });
  server.on('clientError', answerBrokenRequest);
  return server;
}
