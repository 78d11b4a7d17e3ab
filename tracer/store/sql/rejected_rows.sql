SELECT * FROM rejected WHERE id BETWEEN $first AND $last
