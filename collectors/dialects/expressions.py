"""SQL that the dialects of several frameworks share."""

from __future__ import annotations


def short_type(text: str) -> str:
    """Give the bare name of a type: of .NET (`Sales.Orders+Place, Sales, Version=1.0.0.0`), Java or a URN.

    What follows the name (assembly, arity, type arguments, version) and what stands before it (namespace,
    outer type) are left out. Of several types, set apart by semicolons, the first counts.
    """
    return f"regexp_extract(regexp_extract({text}, '^[^,;`\\[#]*'), '[^.+$:/]+$')"


def last_segment(text: str) -> str:
    """Give the last segment of an address's path: `rabbitmq://host/vhost/orders?durable=true` gives `orders`."""
    return f"regexp_extract({text}, '([^/?:]+)(?:[?].*)?$', 1)"


def aliases(**kinds: str) -> str:
    """Give the JSON object of the aliases that are there, NULL where there are none."""
    members = ", ".join(f"'{kind}', NULLIF({text}, '')" for kind, text in kinds.items())
    return f"NULLIF(json_merge_patch('{{}}', json_object({members}))::VARCHAR, '{{}}')"


def failure(kind: str, message: str) -> str:
    """Say what went wrong: the exception's short type and its message, or the one that there is."""
    return f"NULLIF(concat_ws(': ', NULLIF({kind}, ''), NULLIF({message}, '')), '')"


def aggregate(kind: str, aggregate_id: str) -> str:
    """Give an aggregate as an alias `{kind: id}`, NULL for an id that is too short to mean one thing alone.

    The number of a customer is also the number of somebody's order.
    """
    return (
        f"CASE WHEN {kind} <> '' AND length({aggregate_id}) >= 16 THEN json_object({kind}, {aggregate_id})::VARCHAR END"
    )
