import type { IncidentDeps } from '../incidents/change-incident.ts';
import { accountOrders } from './account-orders.ts';
import { attackOrders } from './attack-orders.ts';
import { backtestOrders } from './backtest-orders.ts';
import { deliveryOrders } from './delivery-orders.ts';
import { exceptionOrders } from './exception-orders.ts';
import { handMadeOrderKinds } from './hand-made-orders.ts';
import { type IncidentOrderSettings, incidentOrderKinds } from './incident-orders.ts';
import { incidentWorkOrders } from './incident-work-orders.ts';
import { listOrders } from './list-orders.ts';
import { logSourceOrders } from './log-source-orders.ts';
import { nodeListOrderKinds } from './node-list-orders.ts';
import { nodeOrderKinds } from './node-orders.ts';
import { nodeRuleOrderKinds } from './node-rule-orders.ts';
import { notificationOrders } from './notification-orders.ts';
import type { OrderKind } from './order-kind.ts';
import { permissionGroupOrders } from './permission-group-orders.ts';
import { queryOrders } from './query-orders.ts';
import { refreshOrders } from './refresh-orders.ts';
import { repoOrders } from './repo-orders.ts';
import { ruleListOrders } from './rule-list-orders.ts';
import { ruleOrders } from './rule-orders.ts';
import { ruleShareOrders } from './rule-share-orders.ts';
import { ruleUploadOrders } from './rule-upload-orders.ts';
import { type SearchOrderSettings, searchOrderKinds } from './search-orders.ts';
import { type SettingsOrderOptions, settingsOrders } from './settings-orders.ts';
import { sigmaOrders } from './sigma-orders.ts';
import { tableOrders } from './table-orders.ts';
import { userOrders } from './user-orders.ts';

export type OrderKindSettings = IncidentOrderSettings &
  SearchOrderSettings & {
    /** Of `loadSecretKey`; null where notifications of rules are never set, and then there are no orders for them. */
    readonly secretKey: Uint8Array | null;
    readonly mailer?: SettingsOrderOptions['mailer'];
  };

/** Every kind of order of the program. Each feature adds one line. */
export function createOrderKinds(deps: IncidentDeps, settings: OrderKindSettings): readonly OrderKind[] {
  const { secretKey } = settings;
  return [
    ...accountOrders,
    ...attackOrders,
    ...deliveryOrders,
    ...incidentOrderKinds(deps, settings),
    ...incidentWorkOrders(deps),
    ...handMadeOrderKinds(deps, settings),
    ...nodeOrderKinds(deps),
    ...nodeListOrderKinds,
    ...listOrders,
    ...tableOrders,
    ...(secretKey === null ? [] : nodeRuleOrderKinds({ secretKey })),
    ...(secretKey === null ? [] : notificationOrders({ secretKey })),
    ...logSourceOrders,
    ...permissionGroupOrders,
    ...queryOrders(settings),
    ...refreshOrders,
    ...repoOrders,
    ...ruleListOrders,
    ...ruleOrders,
    ...ruleShareOrders,
    ...ruleUploadOrders,
    ...searchOrderKinds(settings),
    ...(secretKey === null ? [] : settingsOrders({ secretKey, mailer: settings.mailer })),
    ...sigmaOrders,
    ...exceptionOrders,
    ...backtestOrders(deps),
    ...userOrders(deps),
  ];
}
