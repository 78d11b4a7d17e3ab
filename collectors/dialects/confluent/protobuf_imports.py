"""The .proto files that a registry takes as given: schemas import them without referring to them.

protoc has google/protobuf/*.proto itself. These are Confluent's, as far as messages and options need them; the
fields are those of the descriptors in its published clients.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

GIVEN: Final = ("google/protobuf/", "confluent/")  # a file whose path begins so is never a reference

_META: Final = """
syntax = "proto3";
package confluent;
import "google/protobuf/descriptor.proto";
message Rule {
  string name = 1;
  string doc = 2;
  string expr = 3;
  string sql = 4;
}
message Meta {
  string doc = 1;
  map<string, string> params = 2;
  repeated string tags = 3;
  repeated Rule rules = 4;
}
extend google.protobuf.FileOptions { Meta file_meta = 1088; }
extend google.protobuf.MessageOptions { Meta message_meta = 1088; }
extend google.protobuf.FieldOptions { Meta field_meta = 1088; }
extend google.protobuf.EnumOptions { Meta enum_meta = 1088; }
extend google.protobuf.EnumValueOptions { Meta enum_value_meta = 1088; }
"""
_DECIMAL: Final = """
syntax = "proto3";
package confluent.type;
message Decimal {
  bytes value = 1;
  uint32 precision = 2;
  int32 scale = 3;
}
"""

CONFLUENT: Final[Mapping[str, str]] = {
    "confluent/meta.proto": _META,
    "confluent/type/decimal.proto": _DECIMAL,
    "confluent/types/decimal.proto": 'syntax = "proto3"; import public "confluent/type/decimal.proto";',
}
