-- The steps of most attempts in `measured_step`, of those that have no name yet.
SELECT named, step FROM measured_step GROUP BY ALL HAVING NOT list_contains($steps::STRUCT(named VARCHAR, step VARCHAR)[], {'named': named, 'step': step})
ORDER BY count(*) DESC, named, step LIMIT $room
