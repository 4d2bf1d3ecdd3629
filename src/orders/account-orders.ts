import { incidentUserGroupRow, userGroupRow, userRow } from '../accounts/account-rows.ts';
import { checkNewUser } from '../accounts/check-user.ts';
import {
  createIncidentUserGroups,
  storedIncidentUserGroups,
  trashIncidentUserGroup,
} from '../accounts/incident-user-groups.ts';
import { hashPassword } from '../accounts/password.ts';
import type { User } from '../accounts/user.ts';
import { createUserGroup, editUserGroup, storedUserGroups, trashUserGroup } from '../accounts/user-groups.ts';
import { activateUser, createUser, deactivateUser, type NewUser, storedUsers } from '../accounts/users.ts';
import type { Tx } from '../control/control-store.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import type { Author } from '../tenancy/author.ts';
import { fetchKind } from './fetch-page.ts';
import { optionalFlag, optionalText, optionalTextList, requiredText, textList } from './order-input.ts';
import { authorOf, type TransactionKind } from './order-kind.ts';

/** Before it is sealed `password` is the password, afterwards its hash. */
function newUserOf(input: JsonObject): NewUser {
  return {
    username: requiredText(input, 'username'),
    email: requiredText(input, 'email'),
    firstname: requiredText(input, 'firstname'),
    lastname: requiredText(input, 'lastname'),
    passwordHash: requiredText(input, 'password'),
    usergroup: textList(input, 'usergroup'),
    timezone: optionalText(input, 'timezone'),
  };
}

const createUserOrder: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/Users/create',
  async seal(input) {
    const user = newUserOf(input);
    checkNewUser(user, user.passwordHash);
    return { ...input, password: await hashPassword(user.passwordHash) };
  },
  async run(tx, ctx, input) {
    const user = await createUser(tx, ctx.logpointId, newUserOf(input), authorOf(ctx));
    return { message: `User ${user.username} created`, id: user.id };
  },
};

type SetActive = (tx: Tx, logpointId: LogpointId, userId: ObjectId, by: Author) => Promise<User>;

const activityOrder = (action: string, setActive: SetActive, done: string): TransactionKind<JsonObject> => ({
  mode: 'transaction',
  action,
  async run(tx, ctx, input) {
    const user = await setActive(tx, ctx.logpointId, requiredText(input, 'id'), authorOf(ctx));
    return { message: `User ${user.username} ${done}` };
  },
});

const fetchUsersOrder = fetchKind('/Users/fetch', storedUsers, userRow);

const createUserGroupOrder: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/UserGroups/create',
  async run(tx, ctx, input) {
    const group = await createUserGroup(
      tx,
      ctx.logpointId,
      {
        name: requiredText(input, 'name'),
        description: optionalText(input, 'description'),
        lpadmin: optionalFlag(input, 'lpadmin'),
        useradmin: optionalFlag(input, 'useradmin'),
        users: optionalTextList(input, 'users'),
        roles: optionalText(input, 'roles'),
      },
      authorOf(ctx),
    );
    return { message: `User group ${group.name} created`, id: group.id };
  },
};

const editUserGroupOrder: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/UserGroups/edit',
  async run(tx, ctx, input) {
    const edit = {
      name: optionalText(input, 'name'),
      description: optionalText(input, 'description'),
      lpadmin: optionalFlag(input, 'lpadmin'),
      useradmin: optionalFlag(input, 'useradmin'),
      users: optionalTextList(input, 'users'),
      roles: optionalText(input, 'roles'),
    };
    const group = await editUserGroup(tx, ctx.logpointId, requiredText(input, 'id'), edit, authorOf(ctx));
    return { message: `User group ${group.name} edited`, id: group.id };
  },
};

const fetchUserGroupsOrder = fetchKind('/UserGroups/fetch', storedUserGroups, userGroupRow);

const trashUserGroupOrder: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/UserGroups/trash',
  async run(tx, ctx, input) {
    const group = await trashUserGroup(tx, ctx.logpointId, requiredText(input, 'id'), authorOf(ctx));
    return { message: `User group ${group.name} deleted` };
  },
};

const createIncidentUserGroupsOrder: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/IncidentUserGroups/create',
  async run(tx, ctx, input) {
    const selected = textList(input, 'selected_usergroups');
    const ids = await createIncidentUserGroups(tx, ctx.logpointId, selected, authorOf(ctx));
    return { message: ids.length === 1 ? 'Incident user group created' : 'Incident user groups created', ids };
  },
};

const trashIncidentUserGroupOrder: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/IncidentUserGroups/trash',
  async run(tx, ctx, input) {
    const group = await trashIncidentUserGroup(tx, ctx.logpointId, requiredText(input, 'id'), authorOf(ctx));
    return { message: `Incident user group ${group.name} deleted` };
  },
};

const fetchIncidentUserGroupsOrder = fetchKind(
  '/IncidentUserGroups/fetch',
  storedIncidentUserGroups,
  incidentUserGroupRow,
);

/** Users, UserGroups, IncidentUserGroups. Inputs are the body's `data`, with the `id` of the path where it has one. */
export const accountOrders = [
  createUserOrder,
  activityOrder('/Users/activate', activateUser, 'activated'),
  activityOrder('/Users/deactivate', deactivateUser, 'deactivated'),
  fetchUsersOrder,
  createUserGroupOrder,
  editUserGroupOrder,
  fetchUserGroupsOrder,
  trashUserGroupOrder,
  createIncidentUserGroupsOrder,
  trashIncidentUserGroupOrder,
  fetchIncidentUserGroupsOrder,
] as const;
