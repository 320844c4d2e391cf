/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Paths of our own: the ledger, and what did not work (docs/architecture.md). */
#include "api/schemas.h"

const struct schema schemas_backup[] = {
    {"Quality", .type = "'original'|'high'"},
    {"QualityLimits", .type = "{photoBytes: int|null; photoPixels: int|null; videoBytes: int|null}"},
    {"QualitySaved", .type = "{files: int; bytes: int}"},
    {"BackupPreferences", .type = "{quality: Quality; limits: QualityLimits; saved: QualitySaved}"},

    {"Device",
     .type =
         "{id: uuid; name: text; kind: 'computer'|'phone'|'browser'|'app'; os: text|null; client: text|null;"
         " createdAt: time; lastContactAt: time|null; state: DeviceState; headline: text; reports: bool;"
         " guess: DeviceGuess|null; counts: DeviceCounts;"
         " bytes: {total: int; stored: int}; lastStoredAt: time|null; lastVerifiedAt: time|null;"
         " oldestVerifiedAt: time|null; reasons: [DeviceReason]; activity: DeviceActivity|null;"
         " quality: 'account'|'original'|'high'; qualityInForce: Quality; limits: QualityLimits; saved: QualitySaved}"},
    {"DeviceGuess", .type = "{guess: 'quiet'|'nothing-sent'|'nothing-new'; days: int; text: text}"},
    {"DeviceState", .type = "'complete'|'backing-up'|'waiting'|'off'|'skipped'|'stale'|'full'|'problem'|'empty'"},
    {"DeviceCounts",
     .type = "{total: int; seen: int; waiting: int; skipped: int; uploading: int; stored: int; verified: int;"
             " missing: int; corrupt: int; gone: int}"},
    {"DeviceReason", .type = "{state: ItemState; reason: text; text: text; count: int; example: text|null}"},
    {"DeviceActivity",
     .type = "{activity: 'idle'|'scanning'|'uploading'|'waiting'|'off'; reason: text|null; done: int; total: int;"
             " bytesPerSecond: int|null; secondsLeft: int|null; at: time}"},

    {"ItemState", .type = "'seen'|'waiting'|'skipped'|'uploading'|'stored'|'verified'|'missing'|'corrupt'"},
    {"BackupItemResults", .type = "{results: [{key: text; state: ItemState; assetId?: uuid}]}"},
    {"BackupItems", .type = "{items: [BackupItem]; nextCursor: text|null}"},
    {"BackupItem",
     .type = "{key: text; name: text; size: int; modifiedAt: time; state: ItemState; reason: text|null;"
             " reasonText: text|null; note: text|null; problem: text|null; assetId: uuid|null;"
             " checksum: text|null; storedAt: time|null; verifiedAt: time|null; updatedAt: time; isGone: bool}"},

    {"Problems", .type = "{files: int; items: [Problem]; nextCursor: text|null}"},
    {"Problem", .type = "{id: text; kind: text; assetId: uuid|null; fileName: text|null; ownerName: text|null;"
                        " reason: text|null; at: time}"},
    {.name = NULL},
};
