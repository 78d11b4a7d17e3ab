-- (not a statement: a name in a mark, in which chr(27) stands before what would part it)
replace(replace(replace(s.compensates, chr(27), chr(27) || '0'), chr(30), chr(27) || '1'), chr(31), chr(27) || '2')
