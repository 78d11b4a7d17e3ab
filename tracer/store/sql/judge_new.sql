-- The situations that nobody has judged yet, the most frequent first.
SELECT saga, marks FROM mark_now ANTI JOIN situation USING (saga, marks) GROUP BY saga, marks ORDER BY count(*) DESC, saga, marks LIMIT $most
