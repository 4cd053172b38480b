-- Where the clip of a motion photo lies inside its file, in bytes; NULL: there is none.
ALTER TABLE photos ADD COLUMN clip_start INTEGER;
ALTER TABLE photos ADD COLUMN clip_size INTEGER;
