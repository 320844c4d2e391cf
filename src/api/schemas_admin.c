/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/schemas.h"

#define METADATA "key: text; value: <any>; updatedAt: time"

/* What the server is set to, and what it says of things that it has not. */
const struct schema schemas_admin[] = {
    {"PublicConfigDto", .type = "{oauth: {autoLaunch: bool; buttonText: text; enabled: bool};"
                                " passwordLogin: {enabled: bool}; server: {loginPageMessage: text};"
                                " theme: {customCss: text}}"},
    /* Documents of a hundred settings, most of them off for good: api/config_documents.c has them in full. */
    {"UserConfigDto", .type = "<any>"},
    {"AdminConfigDto", .type = "<any>"},
    {"SystemConfigTemplateStorageOptionDto",
     .type = "{dayOptions: [text]; hourOptions: [text]; minuteOptions: [text]; monthOptions: [text];"
             " presetOptions: [text]; secondOptions: [text]; weekOptions: [text]; yearOptions: [text]}"},

    {"CreateProfileImageResponseDto", .type = "{userId: uuid; profileImagePath: text; profileChangedAt: time}"},
    {"LicenseKeyDto", .type = "{licenseKey: text; activationKey: text}"},
    {"NotificationDto", .type = "{id: uuid; createdAt: time; data?: <any>; description?: text; level: text;"
                                " readAt?: time; title: text; type: text}"},
    {"OnboardingResponseDto", .type = "{isOnboarded: bool}"},
    {"ServerApkLinksDto", .type = "{arm64v8a: text; armeabiv7a: text; universal: text; x86_64: text}"},
    {"VersionCheckStateResponseDto", .type = "{checkedAt: text|null; releaseVersion: text|null}"},
    {"ServerVersionHistoryResponseDto", .type = "{id: uuid; createdAt: time; version: text}"},
    {"ReverseGeocodingStateResponseDto", .type = "{lastImportFileName: text|null; lastUpdate: text|null}"},

    {"SessionCreateResponseDto",
     .type = "{id: uuid; createdAt: time; updatedAt: time; expiresAt?: time; current: bool; deviceType: text;"
             " deviceOS: text; appVersion: text|null; isPendingSyncReset: bool; token: text}"},
    {"AssetMetadataResponseDto", .type = "{" METADATA "}"},
    {"AssetMetadataBulkResponseDto", .type = "{assetId: uuid; " METADATA "}"},
    {"AssetEditsCreateDto", .type = "{edits: [{action: AssetEditAction; parameters: <any>}]}"},
    {"AssetEditsResponseDto",
     .type = "{assetId: uuid; edits: [{id: uuid; action: AssetEditAction; parameters: <any>}]}"},
    {"AssetEditAction", .type = "'crop'|'rotate'|'mirror'"},
    {"AssetOcrResponseDto",
     .type = "{id: uuid; assetId: uuid; text: text; boxScore: number; textScore: number; x1: number; x2: number;"
             " x3: number; x4: number; y1: number; y2: number; y3: number; y4: number}"},
    {.name = NULL},
};
