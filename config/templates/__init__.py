"""The starter project: YAML files that `klantbeeld init` copies."""
