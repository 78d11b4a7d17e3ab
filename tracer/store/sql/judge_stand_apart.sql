-- As `judge_stand`, by situations that were judged for this question alone.
CREATE OR REPLACE TEMP TABLE stand_now AS
WITH situation AS (FROM judged_situation), place AS (FROM judged_place), place_of AS (FROM judged_of)
FROM {{judge_stood}}
