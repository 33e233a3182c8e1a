"""Pictures at addresses: a process of its own fetches bytes, for those that decode them reach no network."""
