-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The locked folder: a PIN of the account, and until when a session that gave it sees what is locked.

ALTER TABLE users ADD COLUMN pin_hash TEXT;
ALTER TABLE sessions ADD COLUMN pin_until_us INTEGER NOT NULL DEFAULT 0;
