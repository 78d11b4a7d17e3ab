DELETE FROM placed USING placement WHERE placed.seq = placement.seq AND placement.old_own IS NOT NULL
