/**
 * Windows log sources of Sigma: which channel or Sysmon event a category or service is.
 * Source: Sigma taxonomy appendix, the channels as Windows names them.
 */

/** Sysmon categories and their event ids. */
export const SYSMON_CATEGORIES: ReadonlyMap<string, readonly string[]> = new Map([
  ['process_creation', ['1']],
  ['file_change', ['2']],
  ['network_connection', ['3']],
  ['sysmon_status', ['4', '16']],
  ['process_termination', ['5']],
  ['driver_load', ['6']],
  ['image_load', ['7']],
  ['create_remote_thread', ['8']],
  ['raw_access_thread', ['9']],
  ['process_access', ['10']],
  ['file_event', ['11']],
  ['registry_add', ['12']],
  ['registry_delete', ['12']],
  ['registry_set', ['13']],
  ['registry_rename', ['14']],
  ['registry_event', ['12', '13', '14']],
  ['create_stream_hash', ['15']],
  ['pipe_created', ['17', '18']],
  ['wmi_event', ['19', '20', '21']],
  ['dns_query', ['22']],
  ['file_delete', ['23', '26']],
  ['clipboard_capture', ['24']],
  ['process_tampering', ['25']],
  ['file_delete_detected', ['26']],
  ['file_block_executable', ['27']],
  ['file_block_shredding', ['28']],
  ['file_executable_detected', ['29']],
  ['sysmon_error', ['255']],
]);

/** An event of a channel that is no Sysmon event; ids null are all of the channel. */
export type ChannelEvents = { readonly channels: readonly string[]; readonly eventIds: readonly string[] | null };

const POWERSHELL = ['Microsoft-Windows-PowerShell/Operational', 'PowerShellCore/Operational'];

/** Categories that other channels have, some of them beside Sysmon. */
export const CHANNEL_CATEGORIES: ReadonlyMap<string, ChannelEvents> = new Map([
  ['process_creation', { channels: ['Security'], eventIds: ['4688'] }],
  ['ps_module', { channels: POWERSHELL, eventIds: ['4103'] }],
  ['ps_script', { channels: POWERSHELL, eventIds: ['4104'] }],
  ['ps_classic_start', { channels: ['Windows PowerShell'], eventIds: ['400'] }],
  ['ps_classic_provider_start', { channels: ['Windows PowerShell'], eventIds: ['600'] }],
  ['ps_classic_script', { channels: ['Windows PowerShell'], eventIds: ['800'] }],
]);

/** Categories that come from an event trace rather than a channel: the provider and what of it the category is. */
export const PROVIDER_CATEGORIES: ReadonlyMap<
  string,
  { readonly provider: string; readonly eventIds: readonly string[] }
> = new Map([
  ['file_access', { provider: 'Microsoft-Windows-Kernel-File', eventIds: ['12'] }],
  ['file_rename', { provider: 'Microsoft-Windows-Kernel-File', eventIds: ['19', '27'] }],
]);

const operational = (name: string): readonly string[] => [`Microsoft-Windows-${name}/Operational`];

export const CHANNEL_SERVICES: ReadonlyMap<string, readonly string[]> = new Map([
  ['application', ['Application']],
  [
    'applocker',
    ['EXE and DLL', 'MSI and Script', 'Packaged app-Deployment', 'Packaged app-Execution'].map(
      (name) => `Microsoft-Windows-AppLocker/${name}`,
    ),
  ],
  ['appmodel-runtime', ['Microsoft-Windows-AppModel-Runtime/Admin']],
  ['appxdeployment-server', operational('AppXDeploymentServer')],
  ['appxpackaging-om', operational('AppxPackaging')],
  ['bits-client', operational('Bits-Client')],
  ['capi2', operational('CAPI2')],
  ['certificateservicesclient-lifecycle-system', operational('CertificateServicesClient-Lifecycle-System')],
  ['codeintegrity-operational', operational('CodeIntegrity')],
  ['dhcp', operational('DHCP-Server')],
  ['diagnosis-scripted', operational('Diagnosis-Scripted')],
  ['dns-client', operational('DNS-Client').concat(operational('DNS Client Events'))],
  ['dns-server', ['DNS Server']],
  ['dns-server-analytic', ['Microsoft-Windows-DNS-Server/Analytical']],
  ['dns-server-audit', ['Microsoft-Windows-DNS-Server/Audit']],
  ['driver-framework', operational('DriverFrameworks-UserMode')],
  ['firewall-as', ['Microsoft-Windows-Windows Firewall With Advanced Security/Firewall']],
  ['hyper-v-worker', ['Microsoft-Windows-Hyper-V-Worker-Admin', 'Microsoft-Windows-Hyper-V-Worker/Admin']],
  ['iis-configuration', ['Microsoft-IIS-Configuration/Operational']],
  ['kernel-event-tracing', ['Microsoft-Windows-Kernel-EventTracing/Admin']],
  ['kernel-shimengine', operational('Kernel-ShimEngine')],
  ['ldap', ['Microsoft-Windows-LDAP-Client/Debug']],
  ['ldap_debug', ['Microsoft-Windows-LDAP-Client/Debug']],
  ['lsa-server', operational('LSA')],
  ['microsoft-servicebus-client', ['Microsoft-ServiceBus-Client', 'Microsoft-ServiceBus-Client/Operational']],
  ['msexchange-management', ['MSExchange Management']],
  ['ntfs', operational('Ntfs')],
  ['ntlm', operational('NTLM')],
  ['openssh', ['OpenSSH/Operational']],
  ['powershell', POWERSHELL],
  ['powershell-classic', ['Windows PowerShell']],
  ['printservice-admin', ['Microsoft-Windows-PrintService/Admin']],
  ['printservice-operational', operational('PrintService')],
  ['security', ['Security']],
  [
    'security-mitigations',
    ['Kernel Mode', 'User Mode'].map((name) => `Microsoft-Windows-Security-Mitigations/${name}`),
  ],
  ['sense', operational('SENSE')],
  ['servicebus-client', ['Microsoft-ServiceBus-Client', 'Microsoft-ServiceBus-Client/Operational']],
  ['shell-core', operational('Shell-Core')],
  ['smbclient-connectivity', ['Microsoft-Windows-SmbClient/Connectivity']],
  ['smbclient-security', ['Microsoft-Windows-SmbClient/Security']],
  ['smbserver-connectivity', ['Microsoft-Windows-SMBServer/Connectivity']],
  ['system', ['System']],
  ['taskscheduler', operational('TaskScheduler')],
  ['terminalservices-localsessionmanager', operational('TerminalServices-LocalSessionManager')],
  ['vhdmp', operational('VHDMP')],
  ['windefend', operational('Windows Defender')],
  ['wmi', operational('WMI-Activity')],
]);
