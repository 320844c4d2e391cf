-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- What is known of a video beside what every asset has.
CREATE TABLE videos (
    asset_id INTEGER PRIMARY KEY REFERENCES assets (id) ON DELETE CASCADE,
    playback INTEGER NOT NULL CHECK (playback BETWEEN 1 AND 3), -- enum video_playback
    reason TEXT, -- why nothing can be played: a sentence for people
    video_codec TEXT,
    audio_codec TEXT
) STRICT;
