"""JSON Schemas of the YAML files, written by `python -m config.schema`."""
