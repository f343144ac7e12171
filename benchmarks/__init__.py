"""How fast the hub is: CPU time a record, from the socket to the committed plan."""
