-- Photos whose words changed in a very large change: the text index takes them in afterwards, a few thousand at a time.
CREATE TABLE words_later (photo_id INTEGER PRIMARY KEY) STRICT;
