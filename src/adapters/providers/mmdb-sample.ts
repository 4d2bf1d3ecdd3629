// Writes small databases in the format MMDB, version 2.0, for tests: no such file may be carried in a project.

type Value = string | number | { readonly [name: string]: Value } | readonly Value[];

/** `[address as four bytes, prefix length, record]`; no two may overlap. */
export type SampleNetwork = readonly [address: readonly number[], bits: number, record: Value];

const MARKER = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
const DATA_GAP = 16;

/** Type and size of a value; a size above 28 has a byte of its own. */
function control(type: number, size: number): Buffer {
  const short = Math.min(size, 29);
  const first = type < 8 ? [(type << 5) | short] : [short, type - 7];
  return Buffer.from(size > 28 ? [...first, size - 29] : first);
}

function encoded(value: Value): Buffer {
  if (typeof value === 'string') {
    const bytes = Buffer.from(value, 'utf8');
    return Buffer.concat([control(2, bytes.length), bytes]);
  }
  if (typeof value === 'number') {
    if (Number.isInteger(value) && value >= 0) {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value);
      return Buffer.concat([control(6, 4), bytes]);
    }
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(value);
    return Buffer.concat([control(3, 8), bytes]);
  }
  if (Array.isArray(value)) return Buffer.concat([control(11, value.length), ...value.map(encoded)]);
  const entries = Object.entries(value);
  return Buffer.concat([
    control(7, entries.length),
    ...entries.flatMap(([name, one]) => [encoded(name), encoded(one)]),
  ]);
}

type Node = [left: Node | number | null, right: Node | number | null];

/** A database of IPv4 networks with 32-bit records. */
export function sampleDatabase(networks: readonly SampleNetwork[]): Buffer {
  const root: Node = [null, null];
  const data: Buffer[] = [];
  let dataBytes = 0;
  for (const [address, bits, record] of networks) {
    let node = root;
    for (let depth = 0; depth < bits; depth++) {
      const side = ((address[depth >> 3] ?? 0) >> (7 - (depth % 8))) & 1 ? 1 : 0;
      if (depth === bits - 1) node[side] = dataBytes;
      else {
        const below = node[side];
        const next: Node = Array.isArray(below) ? below : [null, null];
        node[side] = next;
        node = next;
      }
    }
    const bytes = encoded(record);
    data.push(bytes);
    dataBytes += bytes.length;
  }
  const nodes: Node[] = [];
  const number = (node: Node): void => {
    nodes.push(node);
    for (const side of node) if (Array.isArray(side)) number(side);
  };
  number(root);
  const places = new Map(nodes.map((node, place) => [node, place]));
  const tree = Buffer.alloc(nodes.length * 8);
  for (const [place, node] of nodes.entries()) {
    for (const [side, target] of node.entries()) {
      const record =
        target === null
          ? nodes.length
          : Array.isArray(target)
            ? (places.get(target) ?? 0)
            : nodes.length + DATA_GAP + target;
      tree.writeUInt32BE(record, place * 8 + side * 4);
    }
  }
  const metadata = encoded({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1,
    database_type: 'Sample',
    description: { en: 'sample' },
    ip_version: 4,
    languages: ['en'],
    node_count: nodes.length,
    record_size: 32,
  });
  return Buffer.concat([tree, Buffer.alloc(DATA_GAP), ...data, MARKER, metadata]);
}
