// SPDX-License-Identifier: GPL-3.0-or-later
import { ApiError } from '../api/client';
import { t } from '../messages/index.svelte';

/** The sentence for a person: the server's own where it gave one. */
export function sentence(error: unknown): string {
  if (error instanceof ApiError) return error.status === 0 ? t().common.unreachable : error.message || t().common.failed;
  return t().common.failed;
}
