import type { ReadTx } from '../control/control-store.ts';
import { filtered, listInMemory, readPage } from '../control/list-page.ts';
import type { AlertRule } from '../rules/alert-rule.ts';
import { FieldReader } from '../rules/field-reader.ts';
import { statsOf } from '../rules/light-rows.ts';
import { ruleRow } from '../rules/rule-row.ts';
import { isSharedWith, listShares } from '../rules/rule-shares.ts';
import { hasLogSources, storedRules } from '../rules/rule-store.ts';
import { findVendorRule, previewVendorRule, vendorRules } from '../rules/vendor-rules.ts';
import { refuse } from '../shared/errors.ts';
import { isJsonObject, type JsonObject } from '../shared/json.ts';
import { getLogpoint } from '../tenancy/logpoints.ts';
import { pageAnswer, pageOf } from './fetch-page.ts';
import type { OrderContext, TransactionKind } from './order-kind.ts';
import type { RuleData } from './rule-orders.ts';

const LOG_SOURCES_MAX = 200;
const TEXT_CHARS_MAX = 1_000;

/**
 * The lists that the vendor keeps apart: rules made on the logpoint, those of them that are shared, those used from the
 * vendor's, those used from shared ones, and what the program ships with.
 */
export const RULE_LISTS = [
  'MyAlertRules',
  'SharedAlertRules',
  'UsedAlertRules',
  'UsedSharedAlertRules',
  'VendorAlertRules',
] as const;
export type RuleList = (typeof RULE_LISTS)[number];

const fetchOrder = (list: RuleList): TransactionKind<RuleData> => ({
  mode: 'transaction',
  action: `/AlertRules/${list}/fetch`,
  run: async (tx, ctx, { data }) => rulePage(tx, ctx, list, data),
});

/** One fetch order per list. */
export const fetchRulesOrders: Readonly<Record<RuleList, TransactionKind<RuleData>>> = {
  MyAlertRules: fetchOrder('MyAlertRules'),
  SharedAlertRules: fetchOrder('SharedAlertRules'),
  UsedAlertRules: fetchOrder('UsedAlertRules'),
  UsedSharedAlertRules: fetchOrder('UsedSharedAlertRules'),
  VendorAlertRules: fetchOrder('VendorAlertRules'),
};

type ListFilter = {
  readonly active: boolean | undefined;
  /** Names, all of which a rule must have. */
  readonly logSource: readonly string[];
  /** The owner; with SharedAlertRules whom a rule is shared with. */
  readonly userId: string;
};

function filterOf(data: JsonObject): ListFilter {
  const fields = new FieldReader(data);
  const filter = {
    active: fields.has('active') ? fields.flag('active') : undefined,
    logSource: fields.texts('log_source', { countMax: LOG_SOURCES_MAX, charsMax: TEXT_CHARS_MAX }),
    userId: fields.text('user_id', { charsMax: TEXT_CHARS_MAX }),
  };
  if (Object.keys(fields.errors).length > 0) {
    throw refuse('RULE_FILTER', `the filter is not valid: see ${Object.keys(fields.errors).join(', ')}`, fields.errors);
  }
  return filter;
}

async function rulePage(tx: ReadTx, ctx: OrderContext, list: RuleList, data: JsonObject): Promise<JsonObject> {
  const filter = filterOf(data);
  const { logpointId } = ctx;
  const logpoint = await getLogpoint(tx, ctx.poolId, logpointId);
  if (logpoint === null) return { rows: [] };
  if (list === 'VendorAlertRules') {
    const shipped = await readPage(tx, vendorList, { logpoint, filter }, pageOf(data));
    return pageAnswer(shipped, ({ row }) => row);
  }
  const kind = list === 'MyAlertRules' || list === 'SharedAlertRules' ? 'own' : 'used';
  const shares = await listShares(tx, logpointId);
  const wanted = filtered(
    storedRules,
    async (_, rule) =>
      hasLogSources(rule, filter) &&
      belongsTo(list, rule, shares.has(rule.id)) &&
      (await isOf(tx, list, rule, filter.userId)),
  );
  const page = await readPage(tx, wanted, { logpointId, active: filter.active, kind }, pageOf(data));
  const stats = await statsOf(tx, logpointId, page.rows);
  return pageAnswer(page, (rule) => ruleRow(rule, logpoint, stats.get(rule.id) ?? null, shares.get(rule.id)));
}

function belongsTo(list: RuleList, rule: AlertRule, isShared: boolean): boolean {
  if (list === 'SharedAlertRules') return isShared;
  if (rule.usedFrom === undefined) return true;
  return (findVendorRule(rule.usedFrom) !== null) === (list === 'UsedAlertRules');
}

async function isOf(tx: ReadTx, list: RuleList, rule: AlertRule, userId: string): Promise<boolean> {
  if (userId === '') return true;
  return list === 'SharedAlertRules' ? isSharedWith(tx, rule.id, userId) : rule.ownerId === userId;
}

type VendorKey = { readonly logpoint: { readonly id: string; readonly ip: string }; readonly filter: ListFilter };
type VendorRow = { readonly id: string; readonly row: JsonObject };

/** They ship with the program and never change while it runs. */
const vendorList = listInMemory(vendorRows, () => 0);

async function vendorRows(tx: ReadTx, { logpoint, filter }: VendorKey): Promise<VendorRow[]> {
  const rows: VendorRow[] = [];
  for (const vendor of vendorRules()) {
    const rule = await previewVendorRule(tx, vendor, logpoint.id);
    // None of them is active: what runs is the rule that was installed or is used.
    if (filter.active === true || !filter.logSource.every((name) => rule.logSource.includes(name))) continue;
    const row = ruleRow(rule, logpoint, null);
    const settings = isJsonObject(row['settings']) ? row['settings'] : {};
    rows.push({ id: vendor.id, row: { ...row, settings: { ...settings, vid: vendor.vid } } });
  }
  return rows;
}

export const ruleListOrders = Object.values(fetchRulesOrders);
