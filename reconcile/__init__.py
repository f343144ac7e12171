"""Pure decisions over customer values: no network, database, clock, environment, logging or Prefect.

`reconcile.state` is the one exception: the memory, imported by `flows/` and never by its neighbours here.
"""
