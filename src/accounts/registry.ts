import { command, query } from '../control/control-store.ts';
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
  listAccounts,
  setOwnPassword,
  unlockAccount,
} from './console-accounts.ts';
import { endSession, recordSessionUse, sessionEnd } from './console-sessions.ts';
import { authenticate, issueToken, listTokens, recordTokenUse, refreshToken, revokeToken } from './console-tokens.ts';
import { type AccessQuestion, findAccess } from './find-access.ts';
import { foundPool } from './found-pool.ts';
import { createIncidentUserGroups, getIncidentUserGroup, listIncidentUserGroups } from './incident-user-groups.ts';
import { auditRefusedLogin, beginLogin, getCredentials, takeBackAttempt } from './login-attempts.ts';
import { accountOfPerson } from './oidc-account.ts';
import { getPermissionGroup, listPermissionGroups } from './permission-groups.ts';
import { reachableTenants } from './reachable-tenants.ts';
import { findSearchScope } from './search-scope.ts';
import { confirmTotp, disableTotp, enrolTotp } from './totp-store.ts';
import { createUserGroup, getUserGroup, listUserGroups, type NewUserGroup } from './user-groups.ts';
import { countUsers, createUser, getUser, listUsers, type NewUser, pageOfUsers } from './users.ts';

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
export const usersList = query('users.list', (tx, logpointId: LogpointId) => listUsers(tx, logpointId));
export const usersPage = query(
  'users.page',
  (tx, page: { readonly logpointId: LogpointId; readonly afterId: string; readonly limit: number }) =>
    pageOfUsers(tx, page),
);
export const usersCount = query('users.count', (tx, logpointId: LogpointId) => countUsers(tx, logpointId));
export const usersGet = query('users.get', (tx, { logpointId, id }: Named) => getUser(tx, logpointId, id));
export const userGroupsList = query('userGroups.list', (tx, logpointId: LogpointId) => listUserGroups(tx, logpointId));
export const userGroupsGet = query('userGroups.get', (tx, { logpointId, id }: Named) =>
  getUserGroup(tx, logpointId, id),
);
export const incidentUserGroupsList = query('incidentUserGroups.list', (tx, logpointId: LogpointId) =>
  listIncidentUserGroups(tx, logpointId),
);
export const incidentUserGroupsGet = query('incidentUserGroups.get', (tx, { logpointId, id }: Named) =>
  getIncidentUserGroup(tx, logpointId, id),
);

export const permissionGroupsList = query('permissionGroups.list', (tx, logpointId: LogpointId) =>
  listPermissionGroups(tx, logpointId),
);
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
export const accountsList = query('accounts.list', (tx, _: Record<never, never>) => listAccounts(tx));
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
  usersList,
  usersPage,
  usersCount,
  usersGet,
  userGroupsList,
  userGroupsGet,
  incidentUserGroupsList,
  incidentUserGroupsGet,
  permissionGroupsList,
  permissionGroupsGet,
  searchScopeFind,
];
