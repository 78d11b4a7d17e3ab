-- Whether anything is known of any saga, so that situations have to be judged.
SELECT EXISTS (FROM declared) OR EXISTS (FROM learned)
