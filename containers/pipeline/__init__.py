"""A picture's rules and events, and the protocols that the rest of the world implements."""
