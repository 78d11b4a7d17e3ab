-- (not a statement: the identity that a record's `uid` is kept as; what an export wrote is that MD5 itself)
coalesce(CASE WHEN uid[:4] = 'md5:' THEN try_cast(uid[5:] AS UUID) END, md5(uid)::UUID,
         '00000000-0000-0000-0000-000000000000'::UUID)
