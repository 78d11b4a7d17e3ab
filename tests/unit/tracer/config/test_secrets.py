from __future__ import annotations

import pytest

from tracer.config.secrets import parse_headers, read_secret
from tracer.errors import ConfigError


def test_a_secret_file_loses_its_line_end(tmp_path):
    """A token written by an editor is the token."""
    file = tmp_path / "token"
    file.write_text("s3cret\n")

    actual = read_secret(str(file), None, what="[api] token_file")

    assert actual == "s3cret"


@pytest.mark.parametrize("content", [None, "", "\n"])
def test_a_secret_file_without_a_secret_is_an_error(tmp_path, content):
    """A missing or empty file never means "no token"."""
    file = tmp_path / "token"
    if content is not None:
        file.write_text(content)

    with pytest.raises(ConfigError, match=r"\[api\] token_file: .*token"):
        read_secret(str(file), None, what="[api] token_file")


def test_headers_are_read_one_a_line_or_separated_by_commas():
    """Both forms that people know are read; names are lower case and comments are skipped."""
    actual = parse_headers("# keys\nAuthorization: Basic a==\nx-scope=one,x-b=two\n", what="headers")

    assert actual == {"authorization": "Basic a==", "x-scope": "one", "x-b": "two"}


def test_what_is_not_a_header_is_refused():
    """A line without a name and a value is an error."""
    with pytest.raises(ConfigError, match="is not a header"):
        parse_headers("nonsense", what="headers")
