"""The memory: what the hub knows, decided and wants done, in one database with one writer per entity."""
