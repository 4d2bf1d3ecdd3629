/**
 * Labels and signature ids that normalisation gives to Windows events: what `label=Process label=Create` finds.
 *
 * Sysmon labels are those that the vendor's converter asks for; the others follow its wording.
 * Source: contract/query-language.md, section 5.2.
 */
type Labels = Readonly<Record<string, string>>;

const SYSMON: Labels = {
  '1': 'Process Create',
  '2': 'File Create Time Change',
  '3': 'Network Connection Detect',
  '4': 'Service State Change',
  '5': 'Process Terminate',
  '6': 'Driver Load',
  '7': 'Image Load',
  '8': 'Remote Thread Create',
  '9': 'Raw Access Read',
  '10': 'Process Access',
  '11': 'File Create Overwrite',
  '12': 'Registry Key Map',
  '13': 'Registry Value Set',
  '14': 'Registry Key Map',
  '15': 'File Create Stream Hash',
  '16': 'Service Configuration Change',
  '17': 'Pipe Create',
  '18': 'Pipe Connect',
  '19': 'WMI Filter Create',
  '20': 'WMI Consumer Create',
  '21': 'WMI Bind',
  '22': 'DNS Query Execute',
  '23': 'File Delete',
  '24': 'Clipboard Change Detect',
  '25': 'Process Tamper',
  '26': 'File Delete Detect',
  '27': 'File Block Executable',
  '28': 'File Block Shred',
  '29': 'File Create Executable Detect',
  '255': 'Service Error',
};

const SECURITY: Labels = {
  '1102': 'Audit Log Clear',
  '4624': 'User Login Successful',
  '4625': 'User Login Fail',
  '4634': 'User Logoff',
  '4647': 'User Logoff',
  '4648': 'User Login Explicit',
  '4656': 'Object Handle Request',
  '4657': 'Registry Value Modify',
  '4658': 'Object Handle Close',
  '4662': 'Object Access',
  '4663': 'Object Access',
  '4672': 'User Privilege Assign',
  '4673': 'Privilege Service Call',
  '4688': 'Process Create',
  '4689': 'Process Terminate',
  '4697': 'Service Install',
  '4698': 'Schedule Task Create',
  '4699': 'Schedule Task Delete',
  '4700': 'Schedule Task Enable',
  '4701': 'Schedule Task Disable',
  '4702': 'Schedule Task Update',
  '4719': 'Audit Policy Change',
  '4720': 'User Account Create',
  '4722': 'User Account Enable',
  '4723': 'User Password Change',
  '4724': 'User Password Reset',
  '4725': 'User Account Disable',
  '4726': 'User Account Delete',
  '4727': 'Group Create',
  '4728': 'Group Member Add',
  '4729': 'Group Member Remove',
  '4730': 'Group Delete',
  '4731': 'Group Create',
  '4732': 'Group Member Add',
  '4733': 'Group Member Remove',
  '4734': 'Group Delete',
  '4738': 'User Account Change',
  '4740': 'User Account Lock',
  '4741': 'Computer Account Create',
  '4742': 'Computer Account Change',
  '4743': 'Computer Account Delete',
  '4754': 'Group Create',
  '4756': 'Group Member Add',
  '4757': 'Group Member Remove',
  '4758': 'Group Delete',
  '4767': 'User Account Unlock',
  '4768': 'Kerberos Ticket Request',
  '4769': 'Kerberos Service Ticket Request',
  '4770': 'Kerberos Ticket Renew',
  '4771': 'Kerberos Authentication Fail',
  '4776': 'User Authentication Validate',
  '4778': 'Session Reconnect',
  '4779': 'Session Disconnect',
  '4798': 'User Group Enumerate',
  '4799': 'Group Member Enumerate',
  '5136': 'Directory Object Modify',
  '5137': 'Directory Object Create',
  '5140': 'Share Access',
  '5142': 'Share Add',
  '5145': 'Share Access Check',
  '5156': 'Network Connection Allow',
  '5157': 'Network Connection Block',
  '5158': 'Network Bind Allow',
};

const BY_CHANNEL: Readonly<Record<string, Labels>> = {
  security: SECURITY,
  system: {
    '104': 'Audit Log Clear',
    '7036': 'Service State Change',
    '7040': 'Service Configuration Change',
    '7045': 'Service Install',
  },
  'microsoft-windows-powershell/operational': {
    '4103': 'Powershell Module Execute',
    '4104': 'Powershell Script Execute',
  },
  'powershellcore/operational': { '4103': 'Powershell Module Execute', '4104': 'Powershell Script Execute' },
  'windows powershell': { '400': 'Powershell Engine Start', '600': 'Powershell Provider Start' },
  'microsoft-windows-windows defender/operational': {
    '1116': 'Malware Detect',
    '1117': 'Malware Block',
    '5001': 'Antivirus Disable',
  },
  'microsoft-windows-taskscheduler/operational': {
    '106': 'Schedule Task Create',
    '129': 'Schedule Task Execute',
    '140': 'Schedule Task Update',
    '141': 'Schedule Task Delete',
  },
  'microsoft-windows-wmi-activity/operational': { '5861': 'WMI Bind' },
};

/** Empty when the kind of event has no label. */
export function windowsLabels(isSysmon: boolean, channel: string, eventId: string): string {
  const key = channel.toLowerCase();
  const labels = isSysmon ? SYSMON : Object.hasOwn(BY_CHANNEL, key) ? BY_CHANNEL[key] : undefined;
  return labels !== undefined && Object.hasOwn(labels, eventId) ? (labels[eventId] ?? '') : '';
}

/** Numeric text: a block of ids for each normaliser, the event id within. */
export const windowsSignature = (isSysmon: boolean, eventId: string): string =>
  (isSysmon ? '20' : '30') + eventId.padStart(5, '0');

/** Signatures of text messages. */
export const SIGNATURES = { sshd: '4000001', sudo: '4000002', pam: '4000003', webAccess: '4100001' } as const;
