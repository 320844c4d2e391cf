/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a device's card says of its quality. Threads: any (it reads only). */
#pragma once

#include "api/call.h"
#include "api/dto.h"
#include "catalog/devices.h"
#include "catalog/quality.h"

/** Writes the members quality ("account": as the account says), qualityInForce, limits and saved of @device. */
bool quality_write_device(struct db_conn *conn, struct json *json, const struct api *api, const struct device *device,
                          GError **error);
