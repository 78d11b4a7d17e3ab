-- The number of an id that is a transaction's own, and whether other ids were found to be aliases of it, it of
-- another, and whether any record may have come without an id.
SELECT n.own, EXISTS (FROM redirect), EXISTS (FROM coverage WHERE records > by_id), (SELECT folded_seq FROM progress)
FROM name AS n WHERE n.key = md5_number_lower($id) AND n.transaction_id = $id
