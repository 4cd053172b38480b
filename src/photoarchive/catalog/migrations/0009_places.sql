-- Names of the places where photos were taken. Rows are only ever added; photos.place_id NULL: not looked up yet.
CREATE TABLE places (
  id           INTEGER PRIMARY KEY,
  country_code TEXT NOT NULL,                     -- two letters; '' on the high seas, where nothing has a name
  country      TEXT NOT NULL,
  region       TEXT NOT NULL,                     -- '' unknown
  city         TEXT NOT NULL,                     -- '' none near
  UNIQUE (country_code, region, city)
) STRICT;

-- 1: taken_offset was worked out from the place, because the file says none; it follows the place.
ALTER TABLE photos ADD COLUMN offset_from_place INTEGER NOT NULL DEFAULT 0;
