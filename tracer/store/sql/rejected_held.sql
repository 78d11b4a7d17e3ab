-- What the blocks of rejected messages take, with those of messages that went while others share their row group.
SELECT count(DISTINCT block) * (SELECT block_size FROM pragma_database_size() WHERE database_name = current_database())
FROM (
    SELECT block_id AS block FROM pragma_storage_info('rejected')
    UNION ALL
    SELECT unnest(additional_block_ids) FROM pragma_storage_info('rejected')
) WHERE block >= 0
