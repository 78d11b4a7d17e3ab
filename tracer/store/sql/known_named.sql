-- Whether definitions say of a record that carries a transaction's id something else than it says itself.
SELECT EXISTS (
    FROM record AS r
    WHERE r.transaction_id = $id AND r.at_ns BETWEEN $first AND $last
      AND CASE WHEN r.step_by = 'attribute' THEN r.compensates IS NULL AND r.step IN (SELECT step FROM undo_name)
               ELSE r.name IN (SELECT name FROM pattern) OR r.step IN (SELECT name FROM pattern) END
)
