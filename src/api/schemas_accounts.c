/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/preferences.h"
#include "api/schemas.h"

/* What everybody may know of an account. */
#define USER                                                                                                           \
    "id: uuid; email: text; name: text; avatarColor: UserAvatarColor; profileImagePath: text; profileChangedAt: time"

#define KEY "id: uuid; name: text; createdAt: time; updatedAt: time; permissions: [text]"

const struct schema schemas_accounts[] = {
    {"LoginResponseDto", .type =
                             "{accessToken: text; userId: uuid; userEmail: text; name: text; profileImagePath: text;"
                             " isAdmin: bool; shouldChangePassword: bool; isOnboarded: bool}"},
    {"LogoutResponseDto", .type = "{successful: bool; redirectUri: text}"},
    {"ValidateAccessTokenResponseDto", .type = "{authStatus: bool}"},
    {"AuthStatusResponseDto",
     .type = "{pinCode: bool; password: bool; isElevated: bool; expiresAt?: time; pinExpiresAt?: time}"},

    {"UserResponseDto", .type = "{" USER "}"},
    {"PartnerResponseDto", .type = "{" USER "; inTimeline?: bool}"},
    {"UserAdminResponseDto",
     .type = "{" USER
             "; storageLabel: text|null; shouldChangePassword: bool; isAdmin: bool; createdAt: time; updatedAt: time;"
             " deletedAt: time|null; oauthId: text; quotaSizeInBytes: int|null; quotaUsageInBytes: int|null;"
             " status: UserStatus; license: UserLicense|null; clusterGroupId: uuid}"},
    {"UserStatus", .type = "'active'|'removing'|'deleted'"},
    {"UserLicense", .type = "{activatedAt: time; activationKey: text; licenseKey: text}"},
    {"UserPreferencesResponseDto", .write = preferences_write_schema},
    {"UserPreferencesUpdateDto", .write = preferences_write_update_schema},

    {"ApiKeyResponseDto", .type = "{" KEY "}"},
    {"ApiKeyCreateResponseDto", .type = "{" KEY "; secret: text; apiKey: ApiKeyResponseDto}"},
    {"SessionResponseDto", .type =
                               "{id: uuid; createdAt: time; updatedAt: time; expiresAt?: time; current: bool;"
                               " deviceType: text; deviceOS: text; appVersion: text|null; isPendingSyncReset: bool}"},
    {.name = NULL},
};
