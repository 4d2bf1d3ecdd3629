import { command, query } from '../control/control-store.ts';
import { type PageRequest, pageQuery, readPage } from '../control/list-page.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import type { Author } from '../tenancy/author.ts';
import { findKeyHolder, type NewAccessKey, recordKeyFailures, revokeAccessKey, setAccessKey } from './access-keys.ts';
import { completeLogin } from './complete-login.ts';
import {
  createAccount,
  deleteAccount,
  editAccount,
  findAccount,
  getAccount,
  setOwnPassword,
  storedAccounts,
  unlockAccount,
} from './console-accounts.ts';
import { endSession, recordSessionUse, sessionEnd } from './console-sessions.ts';
import {
  authenticate,
  issueToken,
  listTokens,
  recordTokenUse,
  refreshToken,
  revokeToken,
  storedTokens,
} from './console-tokens.ts';
import { type AccessQuestion, findAccess } from './find-access.ts';
import { foundPool } from './found-pool.ts';
import {
  createIncidentUserGroups,
  getIncidentUserGroup,
  listIncidentUserGroups,
  storedIncidentUserGroups,
} from './incident-user-groups.ts';
import { auditRefusedLogin, beginLogin, getCredentials, takeBackAttempt } from './login-attempts.ts';
import { accountOfPerson } from './oidc-account.ts';
import { getPermissionGroup, storedPermissionGroups } from './permission-groups.ts';
import { reachableTenants } from './reachable-tenants.ts';
import { findSearchScope } from './search-scope.ts';
import { confirmTotp, disableTotp, enrolTotp } from './totp-store.ts';
import { createUserGroup, getUserGroup, listUserGroups, type NewUserGroup, storedUserGroups } from './user-groups.ts';
import { createUser, getUser, listUsers, type NewUser, storedUsers } from './users.ts';

type OfLogpoint<T> = T & { readonly logpointId: LogpointId; readonly by: Author };
type Named = { readonly logpointId: LogpointId; readonly id: ObjectId };

export const poolsFound = command('pools.found', foundPool);
export const tokensIssue = command('tokens.issue', issueToken);
export const tokensRefresh = command('tokens.refresh', refreshToken);
export const tokensRevoke = command('tokens.revoke', revokeToken);
export const tokensUsed = command('tokens.used', recordTokenUse);
export const usersCreate = command('users.create', (tx, input: OfLogpoint<NewUser>) =>
  createUser(tx, input.logpointId, input, input.by),
);
export const userGroupsCreate = command('userGroups.create', (tx, input: OfLogpoint<NewUserGroup>) =>
  createUserGroup(tx, input.logpointId, input, input.by),
);
export const incidentUserGroupsCreate = command(
  'incidentUserGroups.create',
  (tx, input: OfLogpoint<{ userGroupIds: readonly ObjectId[] }>) =>
    createIncidentUserGroups(tx, input.logpointId, input.userGroupIds, input.by),
);

export const accessKeysSet = command(
  'accessKeys.set',
  (tx, input: OfLogpoint<NewAccessKey & { readonly userId: ObjectId }>) => setAccessKey(tx, input),
);
export const accessKeysRevoke = command('accessKeys.revoke', (tx, input: OfLogpoint<{ readonly userId: ObjectId }>) =>
  revokeAccessKey(tx, input),
);
export const accessKeysFailed = command('accessKeys.failed', recordKeyFailures);
/** Never leaves the main thread: what it answers holds digests. */
export const accessKeysFind = query('accessKeys.find', findKeyHolder);

export const tokensAuthenticate = query('tokens.authenticate', (tx, text: string | undefined) =>
  authenticate(tx, text),
);
/** For every request: the caller of a token and the logpoint of a path. */
export const accessFind = query('access.find', (tx, question: AccessQuestion) => findAccess(tx, question));
export const tokensList = query('tokens.list', (tx, _: Record<never, never>) => listTokens(tx));
export const tokensPage = query('tokens.page', (tx, page: PageRequest) => readPage(tx, storedTokens, null, page));
export const usersList = query('users.list', (tx, logpointId: LogpointId) => listUsers(tx, logpointId));
export const usersPage = pageQuery('users.page', storedUsers);
export const usersGet = query('users.get', (tx, { logpointId, id }: Named) => getUser(tx, logpointId, id));
export const userGroupsList = query('userGroups.list', (tx, logpointId: LogpointId) => listUserGroups(tx, logpointId));
export const userGroupsPage = pageQuery('userGroups.page', storedUserGroups);
export const userGroupsGet = query('userGroups.get', (tx, { logpointId, id }: Named) =>
  getUserGroup(tx, logpointId, id),
);
export const incidentUserGroupsList = query('incidentUserGroups.list', (tx, logpointId: LogpointId) =>
  listIncidentUserGroups(tx, logpointId),
);
export const incidentUserGroupsPage = pageQuery('incidentUserGroups.page', storedIncidentUserGroups);
export const incidentUserGroupsGet = query('incidentUserGroups.get', (tx, { logpointId, id }: Named) =>
  getIncidentUserGroup(tx, logpointId, id),
);

export const permissionGroupsPage = pageQuery('permissionGroups.page', storedPermissionGroups);
export const permissionGroupsGet = query('permissionGroups.get', (tx, { logpointId, id }: Named) =>
  getPermissionGroup(tx, logpointId, id),
);

/** What searches in the name of a user may reach. */
export const searchScopeFind = query('users.searchScope', findSearchScope);

export const accountsCreate = command('accounts.create', createAccount);
export const accountsEdit = command('accounts.edit', editAccount);
export const accountsDelete = command('accounts.delete', deleteAccount);
export const accountsUnlock = command('accounts.unlock', unlockAccount);
export const accountsSetOwnPassword = command('accounts.setOwnPassword', setOwnPassword);
export const accountsList = query('accounts.list', (tx, _: Record<never, never>) => storedAccounts.rows(tx, null, {}));
export const accountsPage = query('accounts.page', (tx, page: PageRequest) => readPage(tx, storedAccounts, null, page));
export const accountsGet = query('accounts.get', getAccount);
export const accountsFind = query('accounts.find', findAccount);
/** Never leave the main thread: what they answer holds hashes. */
export const loginsBegin = command('logins.begin', beginLogin);
export const credentialsGet = query('logins.credentials', getCredentials);
export const loginsRefused = command('logins.refused', auditRefusedLogin);
export const loginsComplete = command('logins.complete', completeLogin);
export const loginsTakeBack = command('logins.takeBack', takeBackAttempt);
export const totpEnrol = command('totp.enrol', enrolTotp);
export const totpConfirm = command('totp.confirm', confirmTotp);
export const totpDisable = command('totp.disable', disableTotp);
export const oidcAccount = command('oidc.account', accountOfPerson);
export const sessionsEnd = command('sessions.end', endSession);
export const sessionsUsed = command('sessions.used', recordSessionUse);
export const sessionsExpiry = query('sessions.expiry', sessionEnd);
export const tenantsReachable = query('accounts.tenants', reachableTenants);

export const accountsEntries = [
  accountsCreate,
  accountsEdit,
  accountsDelete,
  accountsUnlock,
  accountsSetOwnPassword,
  accountsList,
  accountsPage,
  accountsGet,
  accountsFind,
  loginsBegin,
  credentialsGet,
  loginsRefused,
  loginsComplete,
  loginsTakeBack,
  totpEnrol,
  totpConfirm,
  totpDisable,
  oidcAccount,
  sessionsEnd,
  sessionsUsed,
  sessionsExpiry,
  tenantsReachable,
  poolsFound,
  tokensIssue,
  tokensRefresh,
  tokensRevoke,
  tokensUsed,
  usersCreate,
  userGroupsCreate,
  incidentUserGroupsCreate,
  accessKeysSet,
  accessKeysRevoke,
  accessKeysFailed,
  accessKeysFind,
  tokensAuthenticate,
  accessFind,
  tokensList,
  tokensPage,
  usersList,
  usersPage,
  userGroupsPage,
  incidentUserGroupsPage,
  usersGet,
  userGroupsList,
  userGroupsGet,
  incidentUserGroupsList,
  incidentUserGroupsGet,
  permissionGroupsPage,
  permissionGroupsGet,
  searchScopeFind,
];
