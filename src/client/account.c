/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client/account.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/error.h"
#include "base/io.h"

#define FILE_NAME "client.conf"
#define GROUP "server"

void client_place_clear(struct client_place *place)
{
    g_free(place->config_dir);
    g_free(place->state_dir);
    *place = (struct client_place){0};
}

static bool make_dir(const char *dir, GError **error)
{
    if (g_mkdir_with_parents(dir, 0700) == 0)
        return true;
    return err_set_errno(error, errno, dir, "The folder for the client's state cannot be made.");
}

bool client_place_open(const char *dir, struct client_place *ret_place, GError **error)
{
    const char *named = dir ? dir : g_getenv("AMBROTYPE_CLIENT_DIR");
    struct client_place place;
    if (named && *named)
        place = (struct client_place){g_strdup(named), g_strdup(named)};
    else
        place = (struct client_place){g_build_filename(g_get_user_config_dir(), "ambrotype", NULL),
                                      g_build_filename(g_get_user_state_dir(), "ambrotype", NULL)};
    if (!make_dir(place.config_dir, error) || !make_dir(place.state_dir, error)) {
        client_place_clear(&place);
        return false;
    }
    *ret_place = place;
    return true;
}

int client_place_lock(const struct client_place *place, GError **error)
{
    g_autofree char *path = g_build_filename(place->state_dir, "backup.lock", NULL);
    AUTO_FD int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        err_set_errno(error, errno, path, "The lock of the client's state cannot be opened.");
        return -1;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        err_set(error, ERR_BUSY, "Another backup of this computer is going on.");
        return -1;
    }
    return io_steal_fd(&fd);
}

void client_account_clear(struct client_account *account)
{
    if (account->secret)
        explicit_bzero(account->secret, strlen(account->secret));
    g_free(account->server);
    g_free(account->api);
    g_free(account->secret);
    g_free(account->identity);
    g_free(account->who);
    *account = (struct client_account){0};
}

bool client_account_load(const struct client_place *place, struct client_account *ret_account, GError **error)
{
    g_autofree char *path = g_build_filename(place->config_dir, FILE_NAME, NULL);
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(GError) reason = NULL;
    if (!g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, &reason)) {
        if (g_error_matches(reason, G_FILE_ERROR, G_FILE_ERROR_NOENT))
            return err_set(error, ERR_NOT_FOUND, "This computer is signed in nowhere: `ambrotype backup login URL`.");
        return err_set_detail(error, ERR_IO, reason->message, "The sign-in cannot be read from %s.", path);
    }
    struct client_account account = {
        .server = g_key_file_get_string(file, GROUP, "server", NULL),
        .api = g_key_file_get_string(file, GROUP, "api", NULL),
        .secret = g_key_file_get_string(file, GROUP, "secret", NULL),
        .is_token = g_key_file_get_boolean(file, GROUP, "is-token", NULL),
        .identity = g_key_file_get_string(file, GROUP, "identity", NULL),
        .who = g_key_file_get_string(file, GROUP, "who", NULL),
    };
    if (!account.server || !account.api || !account.secret || !account.identity) {
        client_account_clear(&account);
        return err_set(error, ERR_INVALID, "%s is damaged: sign in again with `ambrotype backup login URL`.", path);
    }
    *ret_account = account;
    return true;
}

bool client_account_save(const struct client_place *place, const struct client_account *account, GError **error)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_key_file_set_string(file, GROUP, "server", account->server);
    g_key_file_set_string(file, GROUP, "api", account->api);
    g_key_file_set_string(file, GROUP, "secret", account->secret);
    g_key_file_set_boolean(file, GROUP, "is-token", account->is_token);
    g_key_file_set_string(file, GROUP, "identity", account->identity);
    if (account->who)
        g_key_file_set_string(file, GROUP, "who", account->who);
    gsize size = 0;
    g_autofree char *text = g_key_file_to_data(file, &size, NULL);
    AUTO_FD int dir = open(place->config_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return err_set_errno(error, errno, place->config_dir, "The sign-in cannot be written.");
    return io_replace_file(dir, FILE_NAME, text, size, error);
}

bool client_account_delete(const struct client_place *place, GError **error)
{
    g_autofree char *path = g_build_filename(place->config_dir, FILE_NAME, NULL);
    if (unlink(path) == 0 || errno == ENOENT)
        return true;
    return err_set_errno(error, errno, path, "The sign-in cannot be deleted.");
}
