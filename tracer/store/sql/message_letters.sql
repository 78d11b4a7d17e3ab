-- What else is known of some records, by their numbers in the order of arrival.
SELECT seq, attributes FROM record WHERE seq IN (SELECT unnest($seqs)) AND seq BETWEEN $low AND $high
