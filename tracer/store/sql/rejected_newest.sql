-- Which rejected messages a list shows, the latest first, by their sizes alone: a list is read a part at a time.
SELECT id, size FROM {{rejected_chosen}} ORDER BY id DESC LIMIT $limit
