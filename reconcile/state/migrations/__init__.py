"""Migrations of the store, run by `reconcile.state.migrate`; a file is called NNNN_what after its revision."""
