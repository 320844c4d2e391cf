/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <sys/mman.h>

#include "base/error.h"
#include "base/io.h"
#include "media/heavy.h"
#include "media/reduce_private.h"
#include "media/reduce_words.h"

#define MAX_PIXELS INT64_C(1000000000)

static bool ask(struct reduction *reduction, GError **error)
{
    int64_t size_bytes;
    const struct asset *asset = &reduction->asset;
    AUTO_FD int input = store_open_blob(reduction->context->store, &asset->digest.id, &size_bytes, error);
    if (input < 0)
        return false;
    reduction->output_fd = memfd_create("reduced", MFD_CLOEXEC);
    if (reduction->output_fd < 0)
        return err_set_errno(error, errno, "memfd_create", "A media job could not be prepared.");
    int fds[MEDIA_REDUCE_FDS] = {input, reduction->output_fd};
    struct media_request request = {
        .job = MEDIA_JOB_REDUCE_PHOTO,
        .file_name = asset->file_name,
        .size_bytes = asset->digest.size_bytes,
        .max_pixels = MAX_PIXELS,
        .reduce_pixels = reduce_photo_pixels(),
    };
    return media_ask_roomy(reduction->context, &request, fds, MEDIA_REDUCE_FDS, 1, NULL, &reduction->made, error);
}

bool reduce_photo_make(struct reduction *reduction, char **ret_keep, GError **error)
{
    const struct media_reply *made = &reduction->made;
    if (!ask(reduction, error))
        return false;
    if (made->outcome == MEDIA_FAULT)
        return err_set(error, ERR_IO, "%s", made->reason ? made->reason : "A media worker failed.");
    if (made->outcome != MEDIA_OK || made->kept != MEDIA_NO_INT)
        *ret_keep = g_strdup(made->reason ? made->reason : "");
    else
        reduction->note = reduce_photo_text(made, reduction->asset.digest.size_bytes);
    return true;
}
