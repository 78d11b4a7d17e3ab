SELECT id, matchers, author, reason, starts_ns, ends_ns, ended_by FROM silence WHERE id = $id
