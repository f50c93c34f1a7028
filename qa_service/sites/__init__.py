"""Other sites that ask: their keys, origins and rates, and what their visitors think of the answers."""
