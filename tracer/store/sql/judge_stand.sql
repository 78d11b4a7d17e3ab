-- Of the places where each transaction stands the one that is overdue first.
CREATE OR REPLACE TEMP TABLE stand_now AS FROM {{judge_stood}}
