// SPDX-License-Identifier: GPL-3.0-or-later
//
// The operations of @immich/sdk 3.2.2 that this server does not have, and why; and the fields that it lacks of those
// that it has. openapi.test.mjs fails for all others that are missing.

const both = (reason, ...names) => names.map((name) => [name, reason]);

/** operation → reason */
export const leftOut = new Map([
  ...both('no sign-in by OAuth yet', 'logoutOAuth', 'unlinkAllOAuthAccountsAdmin'),
  ...both('videos are played by ranges; realtimeTranscoding is false', 'getMainPlaylist', 'endSession', 'getMediaPlaylist', 'getSegment'),
  ...both('the server\'s files are nobody\'s business', 'searchAssetFiles', 'deleteAssetFile', 'getAssetFile', 'downloadAssetFile'),
  ...both('backups of the catalog are made by the server itself and by `ambrotype`', 'deleteDatabaseBackup', 'listDatabaseBackups', 'startDatabaseRestoreFlow',
    'uploadDatabaseBackup', 'downloadDatabaseBackup', 'setMaintenanceMode', 'detectPriorInstall', 'maintenanceLogin', 'getMaintenanceStatus'),
  ...both('the ledger and `ambrotype verify` do this', 'getIntegrityReport', 'deleteIntegrityReport', 'getIntegrityReportFile', 'getIntegrityReportCsv',
    'getIntegrityReportSummary'),
  ...both('no mail and no notifications', 'createNotification', 'getNotificationTemplateAdmin', 'sendTestEmailAdmin'),
  ...both('groups of accounts that share recognised people: everybody is their own', 'getClusterGroupRequests', 'deleteClusterGroupRequest',
    'acceptClusterGroupRequest', 'leaveClusterGroup', 'clusterGroupRegeneratePeople', 'getClusterGroupRequestsForGroup', 'createClusterGroupRequest',
    'getClusterGroupUsers'),
  ...both('there are no external libraries', 'getAllLibraries', 'createLibrary', 'deleteLibrary', 'getLibrary', 'updateLibrary', 'scanLibrary',
    'getLibraryStatistics', 'validate'),
  ...both('no plugins and no workflows', 'searchPlugins', 'searchPluginMethods', 'searchPluginTemplates', 'getPlugin', 'searchWorkflows', 'createWorkflow',
    'getWorkflowTriggers', 'deleteWorkflow', 'getWorkflow', 'updateWorkflow', 'getWorkflowLogs', 'getWorkflowForShare'),
  ...both('of the upstream web page alone', 'getUserCalendarHeatmapAdmin', 'getMyCalendarHeatmap', 'createJob'),
]);

/** What an operation that is here lacks: "operation: what is reported" → reason. */
export const lacks = new Map([
  ['createUserAdmin: body.notify is missing', 'there is no mail: `email` of /api/server/features is false'],
  ...both('nobody is recognised: nothing of it would be kept', ...['birthDate', 'color', 'featureFaceAssetId', 'isFavorite', 'isHidden', 'name'].map((name) => `updatePeople: body.people[].${name} is missing`)),
  ...both('duplicates are not looked for', 'resolveDuplicates: body.groups[].keepAssetIds is missing', 'resolveDuplicates: body.groups[].trashAssetIds is missing'),
  ['uploadAsset: body.duration is missing', 'read and forgotten: the server measures it'],
  ['updateAssets: body.duplicateId is missing', 'duplicates are not looked for'],
  ...both('there are no notifications to choose from', 'getNotifications: query id is missing', 'getNotifications: query level is missing',
    'getNotifications: query type is missing', 'getNotifications: query unread is missing', 'updateNotifications: body.readAt is missing'),
  ['getSearchSuggestions: answer[] may be null, and string is declared', 'where includeNull asks for it, as upstream answers'],
]);
