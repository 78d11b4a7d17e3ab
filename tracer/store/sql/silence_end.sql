UPDATE silence SET ends_ns = greatest(starts_ns, $now), ended_by = $by WHERE id = $id
