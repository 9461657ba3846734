"""The rules, as data: TOML files beside this one. `docs/diagnose.md` says how to add one."""
