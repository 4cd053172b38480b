-- Photos whose file is broken but can be shown in part: a sentence that says what is wrong; NULL for whole files.
ALTER TABLE photos ADD COLUMN damaged TEXT;
