-- What the finished transactions of a saga show (a LearnedSaga as JSON), as of the last time that was learned.
CREATE TABLE learned (saga VARCHAR NOT NULL, body VARCHAR NOT NULL, learned_ns BIGINT NOT NULL);
