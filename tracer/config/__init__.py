"""Configuration: a TOML file, the environment and command line options become one frozen `Settings`.

`sources.read` finds and reads the file and lays the environment over it, `decode.decode` checks every
key and gives `Settings`. Whatever is wrong is a `ConfigError` that names the file and line (or the
variable), the key and the fix. Nothing here knows a collector: a `[collectors.NAME]` table is kept as
it came and checked by `tracer.registry` against the options of its type. `definitions` reads the files
of `[sagas]` by the same rules.
"""
