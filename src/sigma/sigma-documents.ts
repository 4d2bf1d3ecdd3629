import type { ReadTx, SqlValue, Tx } from '../control/control-store.ts';
import type { SigmaCondition } from '../query/definitions.ts';
import { digestHex, type LogpointId, type ObjectId } from '../shared/ids.ts';
import type { LogSource, SigmaDefinition } from './sigma-rule.ts';

export type SigmaKind = SigmaDefinition['kind'];

/** An imported document as it is stored. */
export type SigmaDocument = {
  readonly logpointId: LogpointId;
  readonly sigmaId: string;
  /** The short name under which others may refer to it, or ''. */
  readonly name: string;
  readonly kind: SigmaKind;
  /** The alert rule that was made of it; null for filters, and when that rule is gone. */
  readonly ruleId: ObjectId | null;
  readonly file: string;
  /** YAML, whole and alone. */
  readonly content: string;
  readonly digest: string;
  /** `logSourceKey`; '' for correlations. */
  readonly logSource: string;
  /** Null for what has none: filters and correlations. */
  readonly condition: SigmaCondition | null;
  /** Version of the compiler that made the condition. */
  readonly compiler: string;
};

type DocumentRow = {
  logpoint_id: string;
  sigma_id: string;
  name: string;
  kind: SigmaKind;
  rule_id: string | null;
  file: string;
  content: string;
  digest: string;
  log_source: string;
  condition_json: string | null;
  condition_digest: string | null;
  compiler: string;
};

const COLUMNS =
  'logpoint_id, sigma_id, name, kind, rule_id, file, content, digest, log_source, condition_json, condition_digest, compiler';

const conditionOf = (json: string | null, digest: string | null): SigmaCondition | null =>
  json === null || digest === null ? null : { digest, json };

const toDocument = (row: DocumentRow): SigmaDocument => ({
  logpointId: row.logpoint_id,
  sigmaId: row.sigma_id,
  name: row.name,
  kind: row.kind,
  ruleId: row.rule_id,
  file: row.file,
  content: row.content,
  digest: row.digest,
  logSource: row.log_source,
  condition: conditionOf(row.condition_json, row.condition_digest),
  compiler: row.compiler,
});

export const contentDigest = (content: string): string => digestHex([content], 32);

/** Filters narrow rules whose log source has the same key. */
export const logSourceKey = ({ product, category, service }: LogSource): string =>
  JSON.stringify([product, category, service]);

export async function getDocument(tx: ReadTx, logpointId: LogpointId, sigmaId: string): Promise<SigmaDocument | null> {
  const row = await tx.get<DocumentRow>(
    `select ${COLUMNS} from sigma_documents where logpoint_id = ? and sigma_id = ?`,
    [logpointId, sigmaId],
  );
  return row === undefined ? null : toDocument(row);
}

/** The rule or correlation with this id or name, an id before a name and a rule before a correlation; null when there is none. */
export async function findNamedDocument(
  tx: ReadTx,
  logpointId: LogpointId,
  name: string,
): Promise<SigmaDocument | null> {
  const row = await tx.get<DocumentRow>(
    `select ${COLUMNS} from sigma_documents where logpoint_id = ? and kind in ('rule', 'correlation') and (sigma_id = ? or name = ?)
      order by case when sigma_id = ? then 0 else 1 end, case when kind = 'rule' then 0 else 1 end, sigma_id limit 1`,
    [logpointId, name, name, name],
  );
  return row === undefined ? null : toDocument(row);
}

/** What `logSourceKey` was made of. */
export function logSourceOf({ logSource }: SigmaDocument): LogSource {
  const [product, category, service] = JSON.parse(logSource) as [string | null, string | null, string | null];
  return { product, category, service, place: { line: 1, column: 1 } };
}

/** Documents of one kind, by id; of one log source when it is given. */
export async function listDocuments(
  tx: ReadTx,
  filter: { readonly logpointId: LogpointId; readonly kind: SigmaKind; readonly logSource?: string | undefined },
): Promise<SigmaDocument[]> {
  const only = filter.logSource === undefined ? '' : 'and log_source = ?';
  const params: SqlValue[] = [filter.logpointId, filter.kind];
  if (filter.logSource !== undefined) params.push(filter.logSource);
  const rows = await tx.all<DocumentRow>(
    `select ${COLUMNS} from sigma_documents where logpoint_id = ? and kind = ? ${only} order by sigma_id`,
    params,
  );
  return rows.map(toDocument);
}

/** Documents whose condition another version of the compiler made, of all logpoints; filters of theirs come with them. */
export async function listStale(tx: ReadTx, compiler: string, countMax: number): Promise<SigmaDocument[]> {
  const rows = await tx.all<DocumentRow>(
    `select ${COLUMNS} from sigma_documents where kind = 'rule' and compiler <> ? order by logpoint_id, sigma_id limit ?`,
    [compiler, countMax],
  );
  return rows.map(toDocument);
}

/** Writes the document; one with its id is replaced. */
export async function saveDocument(tx: Tx, document: SigmaDocument): Promise<void> {
  await tx.run(
    `insert into sigma_documents (${COLUMNS}, imported_at_ms, updated_at_ms)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (logpoint_id, sigma_id) do update
       set name = excluded.name, kind = excluded.kind, rule_id = excluded.rule_id, file = excluded.file,
           content = excluded.content, digest = excluded.digest, log_source = excluded.log_source,
           condition_json = excluded.condition_json, condition_digest = excluded.condition_digest,
           compiler = excluded.compiler, updated_at_ms = excluded.updated_at_ms`,
    [
      document.logpointId,
      document.sigmaId,
      document.name,
      document.kind,
      document.ruleId,
      document.file,
      document.content,
      document.digest,
      document.logSource,
      document.condition?.json ?? null,
      document.condition?.digest ?? null,
      document.compiler,
      tx.nowMs,
      tx.nowMs,
    ],
  );
}

/** Ids in one statement. */
const IDS_MAX = 500;
/** What may stand where an id does in a query: no blanks, quotes or marks. */
const WORDS = /[\w.-]+/g;
/** An id that a query can name. */
export const isSigmaId = (text: string): boolean => /^[\w.-]{1,100}$/.test(text);

/** The conditions of the Sigma rules that the texts name; undefined when none of them names any. */
export async function namedConditions(
  tx: ReadTx,
  logpointId: LogpointId,
  texts: readonly string[],
): Promise<ReadonlyMap<string, SigmaCondition> | undefined> {
  const words = new Set<string>();
  for (const text of texts) {
    if (text.includes('sigma_rule')) for (const [word] of text.matchAll(WORDS)) if (isSigmaId(word)) words.add(word);
  }
  if (words.size === 0) return undefined;
  const named = new Map<string, SigmaCondition>();
  const all = [...words];
  for (let at = 0; at < all.length; at += IDS_MAX) {
    const ids = all.slice(at, at + IDS_MAX);
    const rows = await tx.all<{ sigma_id: string; condition_json: string; condition_digest: string }>(
      `select sigma_id, condition_json, condition_digest from sigma_documents
        where logpoint_id = ? and condition_json is not null and sigma_id in (${ids.map(() => '?').join(', ')})`,
      [logpointId, ...ids],
    );
    for (const row of rows) named.set(row.sigma_id, { digest: row.condition_digest, json: row.condition_json });
  }
  return named;
}

/** Id, digests and rule of every document of a logpoint: what an import compares with. */
export type SigmaState = Pick<SigmaDocument, 'sigmaId' | 'name' | 'kind' | 'digest' | 'ruleId'> & {
  readonly conditionDigest: string | null;
};

export async function listStates(tx: ReadTx, logpointId: LogpointId): Promise<SigmaState[]> {
  type Row = Pick<DocumentRow, 'sigma_id' | 'name' | 'kind' | 'digest' | 'rule_id' | 'condition_digest'>;
  const rows = await tx.all<Row>(
    'select sigma_id, name, kind, digest, rule_id, condition_digest from sigma_documents where logpoint_id = ?',
    [logpointId],
  );
  return rows.map((row) => ({
    sigmaId: row.sigma_id,
    name: row.name,
    kind: row.kind,
    digest: row.digest,
    ruleId: row.rule_id,
    conditionDigest: row.condition_digest,
  }));
}
