/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/operation.h"

#include <string.h>

#include "api/resources.h"

const struct operation_group operation_groups[] = {
    {"Signing in", auth_operations},
    {"Locked folder", locked_operations},
    {"Account", users_operations},
    {"Account", preferences_operations},
    {"API keys", api_keys_operations},
    {"Sessions", sessions_operations},
    {"Account", profile_image_operations},
    {"Administration", admin_users_operations},
    {"Administration", admin_user_edit_operations},
    {"Administration", config_documents_operations},
    {"Absent", absent_operations},
    {"Albums", albums_operations},
    {"Albums", album_sharing_operations},
    {"Partners", partners_operations},
    {"Shared links", shared_links_operations},
    {"Shared links", link_visit_operations},
    {"Shared links", link_archive_operations},
    {"Activities", activities_operations},
    {"Stacks", stacks_operations},
    {"Tags", tags_operations},
    {"Memories", memories_operations},
    {"Search", search_operations},
    {"Map", map_operations},
    {"People and duplicates", people_operations},
    {"Sync", sync_operations},
    {"Sync", socket_io_operations},
    {"Server", server_operations},
    {"Server", openapi_operations},
    {"Assets", assets_operations},
    {"Assets", asset_app_data_operations},
    {"Assets", asset_chores_operations},
    {"Assets", folders_operations},
    {"Assets", asset_edit_operations},
    {"Assets", asset_files_operations},
    {"Assets", asset_sidecar_operations},
    {"Assets", video_operations},
    {"Assets", upload_operations},
    {"Download", download_operations},
    {"Timeline", timeline_operations},
    {"Trash", trash_operations},
    {"Resumable uploads", uploads_operations},
    {"Backup", quality_operations},
    {"Backup", backup_operations},
    {"Backup", backup_items_operations},
    {"Jobs", queues_operations},
    {"Jobs", problems_operations},
};
const size_t operation_n_groups = G_N_ELEMENTS(operation_groups);

const struct operation *operation_find(const char *name, const char **ret_tag)
{
    for (size_t i = 0; i < operation_n_groups; i++) {
        for (const struct operation *operation = operation_groups[i].operations; operation->name; operation++) {
            if (strcmp(operation->name, name) != 0)
                continue;
            if (ret_tag)
                *ret_tag = operation_groups[i].tag;
            return operation;
        }
    }
    return NULL;
}
