import pytest

from tracer.demo.troupe import main, options


def test_defaults():
    """Only the addresses have to be said."""
    asked = options().parse_args(["--kafka", "k:1", "--otlp-grpc", "g:2", "--otlp-http", "h:3"])

    assert ("k:1", "g:2", "h:3", "shop", 2.0, 7) == (
        asked.kafka, asked.otlp_grpc, asked.otlp_http, asked.prefix, asked.rate, asked.seed,
    )  # fmt: skip


def test_no_broker(monkeypatch):
    """Where no broker answers it ends at once, and says which address that was."""
    arguments = ["troupe", "--kafka", "127.0.0.1:1", "--otlp-grpc", "127.0.0.1:2", "--otlp-http", "127.0.0.1:3"]
    monkeypatch.setattr("sys.argv", arguments)
    monkeypatch.setattr("signal.signal", lambda *_: None)

    with pytest.raises(SystemExit, match=r"no Kafka broker answers at 127\.0\.0\.1:1"):
        main()
