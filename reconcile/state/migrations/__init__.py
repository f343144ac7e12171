"""Migrations of the store, run by `reconcile.state.migrate`; files are called NNNN_what, by revision."""
