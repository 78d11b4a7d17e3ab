INSERT INTO silence VALUES ($id, $matchers, $by, $reason, $starts, $ends, NULL)
