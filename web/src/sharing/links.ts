// SPDX-License-Identifier: GPL-3.0-or-later

import type { SharedLink } from '../api/types';

/** What is given to others. */
export const addressOf = (link: SharedLink): string => `${location.origin}${link.slug ? `/s/${encodeURIComponent(link.slug)}` : `/share/${link.key}`}`;

export const hasExpired = (link: SharedLink): boolean => link.expiresAt !== null && Date.parse(link.expiresAt) <= Date.now();
